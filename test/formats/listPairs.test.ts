import { assert, describe, it } from "@effect/vitest"
import type { PreferenceCandidate } from "../../schemas/Preference.ts"
import { FormatFlaw, type Preference } from "../../src/formats/Format.ts"
import { listPairs } from "../../src/formats/listPairs.ts"
import { listRules } from "../../src/formats/listRules.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { minGap } from "../../src/pairings/minGap.ts"
import type { PairRule } from "../../src/pairings/PairRule.ts"
import { pairOf } from "../contracts/format.ts"

/** A list of replies with the given texts; numbers are ranks, or scores where `by` says so. */
const listOf = (
  places: Readonly<Record<string, number>>,
  by: "rank" | "score" = "rank",
  more: Partial<Preference> = {}
) => {
  const [one] = pairOf([["user", "q"]], "", "").candidates
  const candidates = Object.entries(places).map(([text, place]): PreferenceCandidate => ({
    ...one!,
    rank: null,
    [by]: place,
    messages: [{ ...one!.messages[0]!, content: text }]
  }))
  return { ...pairOf([["user", "q"]], "", ""), kind: "ranked", candidates, ...more } satisfies Preference
}

const textOf = ({ messages }: PreferenceCandidate) => messages[0]!.content

/** Pairs as "chosen>rejected", or the reason why there are none. */
const cut = (list: Preference, rule: PairRule): ReadonlyArray<string> | string => {
  const made = listPairs(list, rule)
  if (made instanceof FormatFlaw) return made.reason
  return made.map(({ record }) => {
    const [first, second] = record.candidates
    return first!.rank! < second!.rank!
      ? `${textOf(first!)}>${textOf(second!)}`
      : `${textOf(second!)}>${textOf(first!)}`
  })
}

const pairsBy = (list: Preference, rule: PairRule): Array<string> => {
  const pairs = cut(list, rule)
  return typeof pairs === "string" ? assert.fail(pairs) : [...pairs]
}

/** All orders of some values. */
const ordersOf = <A>(some: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  some.length === 0 ? [[]] : some.flatMap((one, i) => ordersOf(some.toSpliced(i, 1)).map((others) => [one, ...others]))

const { adjacent, all, "best-worst": bestWorst } = listRules

describe("listPairs", () => {
  it("listPairs cuts the best and the worst, neighbours, or all that differ, by ranks with gaps and by scores", () => {
    const ranks = listOf({ mid: 3, low: 9, top: 0, also: 3 })
    const scores = listOf({ mid: 0.5, low: -2, top: 4.25, also: 0.5 }, "score")
    for (const list of [ranks, scores]) {
      assert.deepStrictEqual(cut(list, bestWorst), ["top>low"])
      assert.sameMembers(pairsBy(list, adjacent), ["top>mid", "top>also", "mid>low", "also>low"])
      assert.sameMembers(pairsBy(list, all), ["top>low", "top>mid", "top>also", "mid>low", "also>low"])
    }
  })

  it("listPairs lets other rules read the scores, and no score that a rank contradicts", () => {
    const scored = listOf({ a: 9, b: 8, c: 2 }, "score")
    assert.deepStrictEqual(cut(scored, minGap({ gap: 5 })), ["a>c", "b>c"])
    const ranked = {
      ...scored,
      candidates: scored.candidates.map((one, i) => ({ ...one, rank: [2, 1, 0][i]! }))
    }
    assert.deepStrictEqual(cut(ranked, bestWorst), ["c>a"])
    assert.strictEqual(cut(ranked, minGap({ gap: 5 })), "no pair")
  })

  it("listPairs never pairs equals, and draws among several best by the texts alone, wherever they stand", () => {
    for (const rule of [all, adjacent, bestWorst, minGap({ gap: 1 })]) {
      assert.strictEqual(cut(listOf({ a: 1, b: 1, c: 1 }), rule), "tie")
    }
    const chosen: Array<string> = []
    for (let i = 0; i < 200; i++) {
      const places = { [`first ${i}`]: 0, [`second ${i}`]: 0, [`low ${i}`]: 1 }
      const [one] = cut(listOf(places), bestWorst)
      const turned = Object.fromEntries(Object.entries(places).toReversed())
      assert.deepStrictEqual(cut(listOf(turned), bestWorst), [one!])
      chosen.push(one!.split(" ")[0]!)
      const made = listPairs(listOf(places), bestWorst)
      assert.isTrue(!(made instanceof FormatFlaw) && made[0]!.sharedPlace)
    }
    const nFirst = chosen.filter((one) => one === "first").length
    // Of 200 fair draws fewer than 70 or more than 130 of one side happen once in 50,000 times.
    assert.isTrue(nFirst >= 70 && nFirst <= 130, String(nFirst))
  })

  it("listPairs keeps the places of the two replies, and of the votes those that say something of them", () => {
    const votes = [
      { annotator: "u", winner: 2 },
      { annotator: "v", winner: 1 },
      { annotator: null, winner: null },
      { annotator: "w", winner: 0 }
    ]
    const made = listPairs(listOf({ low: 2, mid: 1, top: 0 }, "rank", { votes }), bestWorst)
    if (made instanceof FormatFlaw) return assert.fail(made.found)
    const { candidates, kind, votes: kept } = made[0]!.record
    assert.strictEqual(kind, "pair")
    assert.deepStrictEqual(
      candidates.map((one) => [textOf(one), one.rank]),
      [
        ["low", 1],
        ["top", 0]
      ]
    )
    assert.deepStrictEqual(kept, [
      { annotator: "u", winner: 1 },
      { annotator: null, winner: null },
      { annotator: "w", winner: 0 }
    ])
  })

  it("listPairs gives an only pair the id of its list, and each of several one of its own", () => {
    const ids = (rule: PairRule, id: string | null) => {
      const made = listPairs(listOf({ a: 0, b: 1, c: 2 }, "rank", { id }), rule)
      return made instanceof FormatFlaw ? assert.fail(made.found) : made.map(({ record }) => record.id)
    }
    assert.deepStrictEqual(ids(bestWorst, "x"), ["x"])
    assert.deepStrictEqual(ids(all, null), [null, null, null])
    assert.strictEqual(new Set([...ids(all, "x"), ...ids(all, "y"), "x", "y"]).size, 8)
    assert.deepStrictEqual(ids(all, "x"), ids(all, "x"))
  })

  it("listPairs takes any two replies of which one is better, and refuses texts that are no two in longer lists", () => {
    const two = { "Yes.": 0, "yes. ": 1 }
    for (const rule of Object.values(listRules)) assert.deepStrictEqual(cut(listOf(two), rule), ["Yes.>yes. "])
    for (const by of ["rank", "score"] as const) {
      for (const rule of Object.values(listRules)) {
        assert.strictEqual(cut(listOf({ a: 1, b: 1 }, by), rule), "tie")
        assert.deepStrictEqual(cut(listOf({ a: 1, b: 3 }, by), rule), [by === "rank" ? "a>b" : "b>a"])
      }
    }
    assert.strictEqual(cut(listOf({ ...two, "YES.": 2 }), bestWorst), "identical replies")
    assert.strictEqual(cut(listOf({ yes: 0, no: 1, YES: 2 }), adjacent), "contradictory order")
    assert.strictEqual(cut(listOf(two), minGap({ gap: 1 })), "identical replies")
    assert.strictEqual(cut(listOf({ a: 0 }), all), "too few candidates")
    assert.strictEqual(
      cut({ ...listOf(two), candidates: listOf(two).candidates.map((one) => ({ ...one, rank: null })) }, all),
      "no order"
    )
  })

  it("listPairs puts the better one first in every pair, and the pairs of the narrower rules are among all", () => {
    const random = keyedRandom("lists of replies")
    for (let i = 0; i < 300; i++) {
      const n = 3 + Math.floor(random() * 5)
      const places = Object.fromEntries(Array.from({ length: n }, (_, c) => [`${c}`, Math.floor(random() * 4)]))
      const list = listOf(places)
      const better = Object.keys(places).flatMap((one) =>
        Object.keys(places).flatMap((other) => (places[one]! < places[other]! ? [`${one}>${other}`] : []))
      )
      if (better.length === 0) {
        assert.strictEqual(cut(list, all), "tie")
        continue
      }
      assert.sameMembers(pairsBy(list, all), better)
      const levels = [...new Set(Object.values(places))].toSorted((a, b) => a - b)
      const next = better.filter((pair) => {
        const [one, other] = pair.split(">").map((name) => levels.indexOf(places[name]!))
        return levels[one! + 1] === levels[other!]
      })
      assert.sameMembers(pairsBy(list, adjacent), next)
      const [widest, ...rest] = cut(list, bestWorst)
      const [one, other] = widest!.split(">").map((name) => places[name]!)
      assert.deepStrictEqual([one, other, rest], [levels[0], levels.at(-1), []])
    }
  })

  it("listPairs cuts the columns that have a value for each reply, and leaves all others whole", () => {
    const extra = { rated: ["of a", "of b", "of c"], none: null, whole: [1, 2, 3] }
    const made = listPairs(listOf({ a: 2, b: 0, c: 1 }, "rank", { extra }), adjacent, ["rated", "none"])
    if (made instanceof FormatFlaw) return assert.fail(made.reason)
    assert.sameDeepMembers(
      made.map(({ record }) => [record.candidates.map(textOf), record.extra]),
      [
        [["b", "c"], { ...extra, rated: ["of b", "of c"] }],
        [["a", "c"], { ...extra, rated: ["of a", "of c"] }]
      ]
    )
    assert.deepStrictEqual(extra.rated, ["of a", "of b", "of c"])
  })

  it("listPairs takes the same one of two replies with one text, wherever they stand in the list", () => {
    const list = listOf({ top: 9, low: 2 }, "score")
    const [top, low] = list.candidates
    const named = ["x", "y", "z"].map((model) => ({ ...low!, model }))
    const models = [named, named.toReversed(), [named[1]!, named[2]!, named[0]!]].map((lows) => {
      const made = listPairs({ ...list, candidates: [...lows.slice(0, 1), top!, ...lows.slice(1)] }, bestWorst)
      if (made instanceof FormatFlaw) return assert.fail(made.reason)
      assert.strictEqual(made.length, 1)
      return made[0]!.record.candidates.find((one) => textOf(one) === "low")!.model
    })
    assert.deepStrictEqual(models, [models[0], models[0], models[0]])
  })

  it("listPairs draws the same pairs in whatever order a list stands, also with a text twice at two places and no names", () => {
    const seen = new Set<string>()
    for (let i = 0; i < 30; i++) {
      const [same, other, worst] = listOf(
        { [`same ${i}`]: 2, [`other ${i}`]: 3, [`worst ${i}`]: 1 },
        "score"
      ).candidates
      const replies = [same!, { ...same!, score: 3 }, other!, worst!]
      for (const rule of [bestWorst, adjacent, all]) {
        const made = ordersOf(replies).map((candidates) => pairsBy({ ...listOf({}), candidates }, rule).toSorted())
        for (const pairs of made) assert.deepStrictEqual(pairs, made[0])
        if (rule === bestWorst) seen.add(made[0]![0]!.split(" ")[0]!)
      }
    }
    // Both of the best are drawn, now the one and now the other.
    assert.deepStrictEqual([...seen].toSorted(), ["other", "same"])
  })
})
