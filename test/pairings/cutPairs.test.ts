import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { adjacentRanks } from "../../src/pairings/adjacentRanks.ts"
import { bestRandom } from "../../src/pairings/bestRandom.ts"
import { bestWorst } from "../../src/pairings/bestWorst.ts"
import { byTier } from "../../src/pairings/byTier.ts"
import type { Contender } from "../../src/pairings/Contender.ts"
import { fieldMismatch } from "../../src/pairings/fieldMismatch.ts"
import { injected } from "../../src/pairings/injected.ts"
import { minGap } from "../../src/pairings/minGap.ts"
import type { PairRule } from "../../src/pairings/PairRule.ts"
import { rewritten } from "../../src/pairings/rewritten.ts"
import { sameModel } from "../../src/pairings/sameModel.ts"
import { siblings } from "../../src/pairings/siblings.ts"
import { smallestGap } from "../../src/pairings/smallestGap.ts"
import * as Term from "../../src/pairings/Term.ts"
import { threshold } from "../../src/pairings/threshold.ts"
import { cut, field, type Given } from "./cut.ts"

const ties = ["drop", "keep", "random"] as const

const firstWord = Term.attribute("first word", ({ text }) => /^[a-m]\w*/.exec(text)?.[0] ?? null)

const byModel = Term.placeIn(Term.model, ["expert", "student", "other"])

const injection = { errorType: "logic", injector: "m", similarity: 1, lengthRatio: 1 }

/** Few scores, few words and few models, so that ties, equal texts and parents are frequent. */
const someField = (seed: number): ReadonlyArray<Contender> => {
  const random = keyedRandom("someField", seed)
  const below = (n: number) => Math.floor(random() * n)
  const given: Record<string, Given> = {}
  for (let i = 0, n = below(7); i < n; i++) {
    const parentId = i > 0 && random() < 0.3 ? `c${below(i)}` : null
    given[`c${i}`] = {
      score: random() < 0.15 ? null : below(4),
      text: ["apple", "beet", "Apple ", "yam", "fig jam", "kale stew"][below(6)]!,
      model: ["expert", "student", "other"][below(3)]!,
      parentId,
      injection: parentId !== null && random() < 0.5 ? injection : null
    }
  }
  return field(given)
}

/** Every ready-made rule with what each of its pairs has to be, written down anew. */
const everyRule = (tie: (typeof ties)[number], most: number) => {
  const options = { tie, maxPairs: most }
  const original = (...both: ReadonlyArray<Contender>) => both.every(({ parentId }) => parentId === null)
  const gap = (a: Contender, b: Contender) => (a.score === null || b.score === null ? Number.NaN : a.score - b.score)
  type Holds = (chosen: Contender, rejected: Contender, all: ReadonlyArray<Contender>) => boolean
  const scores = (all: ReadonlyArray<Contender>) =>
    all.flatMap((one) => (one.score === null || one.parentId !== null ? [] : [one.score]))
  const rules: ReadonlyArray<readonly [PairRule, number, Holds]> = [
    [
      bestWorst({ tie }),
      1,
      (a, b, all) =>
        original(a, b) && gap(a, b) > 0 && a.score === Math.max(...scores(all)) && b.score === Math.min(...scores(all))
    ],
    [bestRandom({ tie }), 1, (a, b, all) => original(a, b) && gap(a, b) > 0 && a.score === Math.max(...scores(all))],
    [
      threshold({ high: 2, low: 1, ...options }),
      most,
      (a, b) => a.score !== null && b.score !== null && a.score >= 2 && b.score <= 1
    ],
    [minGap({ gap: 2, ...options }), most, (a, b) => original(a, b) && gap(a, b) >= 2],
    [smallestGap({ gap: 1, tie }), 1, (a, b) => original(a, b) && gap(a, b) >= 1],
    [
      adjacentRanks(options),
      most,
      (a, b, all) =>
        original(a, b) && gap(a, b) > 0 && !scores(all).some((score) => score > b.score! && score < a.score!)
    ],
    [injected(), Number.POSITIVE_INFINITY, (a, b) => b.parentId === a.id && b.injection !== null],
    [
      rewritten({ direction: "better" }),
      Number.POSITIVE_INFINITY,
      (a, b) => a.parentId === b.id && a.injection === null
    ],
    [
      rewritten({ direction: "worse" }),
      Number.POSITIVE_INFINITY,
      (a, b) => b.parentId === a.id && b.injection === null
    ],
    [
      rewritten({ direction: "byScore" }),
      Number.POSITIVE_INFINITY,
      (a, b) =>
        gap(a, b) > 0 &&
        ((a.parentId === b.id && a.injection === null) || (b.parentId === a.id && b.injection === null))
    ],
    [
      byTier({ tier: byModel, ...options }),
      most,
      (a, b) => original(a, b) && ["expert student", "student other"].includes(`${a.model} ${b.model}`)
    ],
    [
      byTier({ tier: byModel, against: "every", ...options }),
      most,
      (a, b) => original(a, b) && ["expert student", "student other", "expert other"].includes(`${a.model} ${b.model}`)
    ],
    [sameModel({ maxPairs: most, tie }), most, (a, b) => original(a, b) && gap(a, b) > 0 && a.model === b.model],
    [siblings(options), most, (a, b) => original(a, b) && gap(a, b) > 0],
    [
      fieldMismatch({ fields: [firstWord], ...options }),
      most,
      (a, b) => {
        const [own, other] = [a, b].map(({ text }) => /^[a-m]\w*/.exec(text)?.[0])
        return own !== undefined && own !== other && gap(a, b) > 0
      }
    ]
  ]
  return rules
}

const normal = ({ text }: Contender) => text.trim().toLowerCase()

describe("cutPairs", () => {
  it.prop(
    "cutPairs makes the pairs that a search through all of them finds, up to the cap, and says why when there is none",
    { seed: Schema.Int },
    ({ seed }) => {
      const candidates = someField(seed)
      const tie = ties[Math.abs(seed) % 3]!
      const most = 1 + (Math.abs(seed) % 4)
      for (const [rule, places, holds] of everyRule(tie, most)) {
        const { named, pairs, reasons } = cut(candidates, rule, seed)
        const inOrder = new Set<string>()
        for (const chosen of candidates) {
          for (const rejected of candidates) {
            if (chosen === rejected || normal(chosen) === normal(rejected)) continue
            if (holds(chosen, rejected, candidates)) inOrder.add(`${normal(chosen)}>${normal(rejected)}`)
          }
        }
        const possible = new Set([...inOrder].filter((pair) => !inOrder.has(pair.split(">").toReversed().join(">"))))
        const texts = pairs.map(({ chosen, rejected }) => [candidates[chosen]!, candidates[rejected]!] as const)
        for (const [chosen, rejected] of texts) assert.isTrue(holds(chosen, rejected, candidates), rule.rule)
        const made = new Set(texts.map(([chosen, rejected]) => `${normal(chosen)}>${normal(rejected)}`))
        assert.strictEqual(made.size, named.length)
        assert.isTrue([...made].every((pair) => possible.has(pair)))
        const counts = new Map<string, number>()
        for (const [chosen] of texts) {
          const place = rule.per === undefined ? "" : chosen.model
          counts.set(place, (counts.get(place) ?? 0) + 1)
        }
        if (tie !== "keep") for (const count of counts.values()) assert.isAtMost(count, places)
        if (possible.size <= places && rule.per === undefined) assert.strictEqual(made.size, possible.size, rule.rule)
        if (possible.size > 0 && tie !== "drop") assert.isAbove(made.size, 0, rule.rule)
        if (possible.size > places && tie !== "drop" && rule.per === undefined) assert.isAtLeast(made.size, places)
        if (made.size === 0) assert.isAbove(reasons.length, 0, rule.rule)
      }
    }
  )

  it.prop("cutPairs does not depend on the order of the candidates", { seed: Schema.Int }, ({ seed }) => {
    const candidates = someField(seed)
    const random = keyedRandom("shuffle", seed)
    const shuffled = candidates
      .map((candidate) => ({ candidate, at: random() }))
      .toSorted((a, b) => a.at - b.at)
      .map(({ candidate }) => candidate)
    for (const tie of ties) {
      for (const [rule] of everyRule(tie, 2)) {
        const [first, second] = [cut(candidates, rule, seed), cut(shuffled, rule, seed)]
        assert.deepStrictEqual(second.named, first.named)
        assert.sameDeepMembers([...second.problems], [...first.problems])
      }
    }
  })

  it("cutPairs chooses by one order and rejects by another that looks at the chosen, or falls back", () => {
    const calls = Term.feature("tool calls")
    const correct = Term.rating("correct")
    const rule: PairRule = {
      rule: "toolLight",
      wants: "a right answer beside a wrong one with more calls",
      chosen: { where: [Term.atLeast(correct, 1)], order: [Term.lowest(calls), Term.lowest(Term.textLength)] },
      rejected: {
        where: [Term.atMost(correct, 0), Term.moreThanChosen(calls)],
        order: [Term.highest(calls)]
      },
      most: 1,
      otherwise: { ...byTier({ tier: Term.placeIn(Term.model, ["sft", "m"]) }), rule: "demonstration" }
    }
    const withCalls = (value: number) => ({ features: [{ name: "tool calls", value }] })
    const right = { ...withCalls(2), correct: 1 }
    const quick = { ...withCalls(1), correct: 1 }
    const wrong = { ...withCalls(3), correct: 0 }
    const short = { ...withCalls(0), correct: 0 }
    assert.deepStrictEqual(cut(field({ right, quick, wrong, short }), rule).named, ["quick>wrong"])
    const fallback = cut(field({ wrong, demo: { model: "sft" } }), rule)
    assert.deepStrictEqual(fallback.named, ["demo>wrong"])
    assert.deepStrictEqual(
      fallback.pairs.map(({ rule: made }) => made),
      ["demonstration"]
    )
    const none = cut(field({ short, wrong }), rule)
    assert.deepStrictEqual([none.named, none.reasons], [[], ["no pair", "no pair"]])
    assert.match(none.problems[0]!.detail, /a right answer beside a wrong one/)
    assert.deepStrictEqual(
      none.problems.map(({ rule: tried }) => tried),
      [rule.rule, "demonstration"]
    )
  })

  it("cutPairs gives the last places to none, all or some of those with the same claim", () => {
    const candidates = field({ a: 9, b: 1, c: 1, d: 1, e: 3 })
    const rule = (tie: "drop" | "keep" | "random") => threshold({ high: 9, low: 3, maxPairs: 2, tie })
    // The widest margin is shared by three, so two places cannot be given without a choice.
    const dropped = cut(candidates, rule("drop"))
    assert.deepStrictEqual([dropped.named, dropped.reasons], [[], ["tie"]])
    const kept = cut(candidates, rule("keep"))
    assert.deepStrictEqual(kept.named, ["a>b", "a>c", "a>d"])
    assert.isTrue(kept.pairs.every(({ sharedPlace }) => sharedPlace))
    const counts = new Map<string, number>()
    const n = 3000
    for (let seed = 0; seed < n; seed++) {
      const drawn = cut(candidates, rule("random"), seed)
      assert.isTrue(drawn.pairs.length === 2 && drawn.pairs.every(({ sharedPlace }) => sharedPlace))
      for (const name of drawn.named) counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    assert.deepStrictEqual([...counts.keys()].toSorted(), ["a>b", "a>c", "a>d"])
    for (const count of counts.values()) assert.closeTo(count / n, 2 / 3, 4 * Math.sqrt(2 / 9 / n))
    const roomy = cut(candidates, threshold({ high: 9, low: 3, maxPairs: 3, tie: "drop" }))
    assert.deepStrictEqual(roomy.named, ["a>b", "a>c", "a>d"])
    assert.isFalse(roomy.pairs.some(({ sharedPlace }) => sharedPlace))
  })

  it("cutPairs refuses texts that are equal but for white space and case, and nearly equal ones unless one is made from the other", () => {
    const long = Array.from({ length: 60 }, (_, i) => `word${i}`).join(" ")
    const pairOf = (text: string, more: Given = {}) =>
      cut(field({ a: { score: 9, text: long }, b: { score: 1, text, ...more } }), threshold({ high: 9, low: 1 }))
    assert.deepStrictEqual(pairOf(` ${long.toUpperCase()}\n`).reasons, ["identical"])
    const near = long.replace("word31", "other")
    assert.deepStrictEqual(pairOf(near).reasons, ["near identical"])
    assert.match(pairOf(near).problems[0]!.detail, /"a" and "b" have a similarity of 0.967, expected less than 0.95/)
    assert.deepStrictEqual(pairOf(near, { parentId: "a" }).named, ["a>b"])
    assert.deepStrictEqual(pairOf(long.toLowerCase(), { parentId: "a" }).reasons, ["identical"])
    assert.deepStrictEqual(pairOf(long.slice(0, 200)).named, ["a>b"])
    const loose = { ...threshold({ high: 9, low: 1 }), maxSimilarity: 1 }
    const both = field({ a: { score: 9, text: long }, b: { score: 1, text: near } })
    assert.deepStrictEqual(cut(both, loose).named, ["a>b"])
    assert.deepStrictEqual(cut(both, { ...loose, maxSimilarity: 0.99 }).named, ["a>b"])
  })

  it("cutPairs makes one pair of two texts, whoever wrote them", () => {
    const twice = field({ b: { score: 5, text: "good" }, a: { score: 5, text: "Good" }, c: { score: 1, text: "bad" } })
    assert.deepStrictEqual(cut(twice, threshold({ high: 5, low: 1 })).named, ["a>c"])
  })

  it("cutPairs refuses two texts that stand in both orders", () => {
    const twice = field({ a: { score: 9, text: "good" }, b: { score: 5, text: "bad" }, c: { score: 1, text: "Good" } })
    assert.deepStrictEqual(cut(twice, minGap({ gap: 1 })).named, [])
    assert.deepStrictEqual(cut(twice, adjacentRanks()).reasons, ["contradictory"])
    assert.deepStrictEqual(cut(twice, threshold({ high: 9, low: 5 })).named, ["a>b"])
  })

  it("cutPairs orders candidates with an unknown number last", () => {
    const known = Term.quantity("known", ({ id }) => (id === "b" ? null : id === "c" ? Number.NaN : id.charCodeAt(0)))
    const rule: PairRule = {
      rule: "known",
      wants: "two",
      chosen: { where: [Term.test("a", ({ id }) => id === "a")] },
      rejected: { order: [Term.highest(known)] }
    }
    assert.deepStrictEqual(cut(field({ a: 1, b: 1, c: 1, d: 1, e: 1 }), rule).named, ["a>e", "a>d", "a>b", "a>c"])
  })
})
