import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Candidate } from "../../schemas/Candidate.ts"
import type { Label } from "../../schemas/Label.ts"
import type { RowOf } from "../../src/Stage.ts"
import { bestWorst } from "../../src/pairings/bestWorst.ts"
import { injected } from "../../src/pairings/injected.ts"
import type { PairRule } from "../../src/pairings/PairRule.ts"
import * as Term from "../../src/pairings/Term.ts"
import { threshold } from "../../src/pairings/threshold.ts"
import { pair } from "../../src/stages/pair.ts"
import { stageContract } from "../contracts/stage.ts"
import { labelOf, ratingOf } from "./candidates.ts"
import { collect, pipelineOf } from "./collect.ts"
import { groupFields, groupOf, labelledFields, someGroups, someLabelledGroups } from "./groups.ts"

stageContract("pair", {
  fields: labelledFields,
  rows: someLabelledGroups(8).map((row, i) => (i === 2 ? { ...row, candidates: row.candidates.slice(0, 1) } : row)),
  stage: pair({ rules: [bestWorst({ tie: "random" }), threshold({ high: 0.2, low: -0.2, maxPairs: 2 }), injected()] })
})

type Row = RowOf<typeof groupFields>

const run = Effect.fnUntraced(function* (rows: ReadonlyArray<Row>, rules: ReadonlyArray<PairRule>, seed = 0) {
  const result = yield* collect(pipelineOf(rows, groupFields).pipe(pair({ rules })), { seed })
  const named = result.rows.map(({ chosenId, rejectedId }) => `${chosenId}>${rejectedId}`)
  return { ...result, named, reasons: result.rejects.map(({ reason }) => reason) }
})

const withLabels = Effect.fnUntraced(function* (
  row: Row,
  labels: ReadonlyArray<Label>,
  rules: ReadonlyArray<PairRule>
) {
  const pipeline = pipelineOf([{ ...row, labels }], labelledFields).pipe(pair({ rules }))
  return yield* collect(pipeline)
})

const error = { errorType: "logic", injector: "m", similarity: 0.9, lengthRatio: 1 }

const planted = (a: number | null, b: number | null) => ({ a: { plantedQuality: a }, b: { plantedQuality: b } })

describe("pair", () => {
  it.effect("pair cuts the best against the worst with texts, models, scores and margin", () =>
    Effect.gen(function* () {
      const row = groupOf("r", { a: 3, b: 9, c: 1.5, d: null }, { b: { model: "m1" }, c: { model: "m2" } })
      const { rejects, rows } = yield* run([row], [bestWorst()])
      const { chosenFirst: _drawn, id, ...made } = rows[0]!
      assert.match(id, /^[0-9a-f]{24}$/)
      assert.deepStrictEqual(made, {
        promptId: "r",
        prompt: "prompt of r",
        chosen: "text b",
        rejected: "text c",
        chosenId: "b",
        rejectedId: "c",
        chosenModel: "m1",
        rejectedModel: "m2",
        scoreChosen: 9,
        scoreRejected: 1.5,
        margin: 7.5,
        rule: "bestWorst",
        sharedPlace: false,
        errorType: null,
        labelProb: null,
        nLabels: 0,
        plantedCorrect: null
      })
      assert.deepStrictEqual(rejects, [])
    })
  )

  it.effect("pair leaves a group out of which two candidates have one id, and makes no pair a second time", () =>
    Effect.gen(function* () {
      const good = groupOf("good", { a: 3, b: 9, c: 1 })
      const [first, ...others] = groupOf("doubled", { a: 3, b: 9, c: 1 }).candidates
      const doubled = { ...good, id: "doubled", candidates: [first!, { ...first!, text: "other text" }, ...others] }
      const grown = { ...good, candidates: good.candidates.slice(0, 2) }
      const { named, reasons, rejects, rows } = yield* run(
        [good, doubled, good, grown],
        [bestWorst(), threshold({ high: 8, low: 2 })]
      )
      assert.deepStrictEqual(named, ["b>c", "b>c", "b>a"])
      assert.strictEqual(new Set(rows.map(({ id }) => id)).size, 3)
      assert.deepStrictEqual(reasons.slice(0, 3), ["candidate ids repeat", "pair made before", "pair made before"])
      assert.match(rejects[0]!.detail, /found "a" twice or more .*; give each candidate an id of its own/)
      assert.strictEqual(rejects[1]!.id, "good")
      assert.match(rejects[1]!.detail, /bestWorst of "b" and "c"/)
    })
  )

  it.effect("pair leaves candidates with injected errors out of bestWorst", () =>
    Effect.gen(function* () {
      const { named } = yield* run(
        [groupOf("r", { a: 9, b: 5, x: 1 }, { x: { parentId: "a", injection: error } })],
        [bestWorst()]
      )
      assert.deepStrictEqual(named, ["a>b"])
    })
  )

  it.effect("pair never breaks a tie in silence: it drops the prompt with the reason, or draws by seed", () =>
    Effect.gen(function* () {
      const ties = [
        groupOf("best", { a: 9, b: 9, c: 1 }),
        groupOf("worst", { a: 9, b: 1, c: 1 }),
        groupOf("all", { a: 5, b: 5 })
      ]
      const dropped = yield* run(ties, [bestWorst()])
      assert.deepStrictEqual(dropped.named, [])
      assert.deepStrictEqual(
        dropped.rejects.map(({ id, reason }) => `${id} ${reason}`),
        ["best bestWorst: tie", "worst bestWorst: tie", "all bestWorst: tie"]
      )
      assert.match(dropped.rejects[0]!.detail, /2 candidates share the best score 9/)
      const n = 400
      const many = Array.from({ length: n }, (_, i) => groupOf(`row ${i}`, { a: 9, b: 9, c: 1 }))
      const drawn = yield* run([...many, ties[2]!], [bestWorst({ tie: "random" })])
      assert.strictEqual(drawn.named.length, n)
      assert.closeTo(drawn.named.filter((name) => name === "a>c").length / n, 0.5, 2 / Math.sqrt(n))
      assert.deepStrictEqual(drawn.reasons, ["bestWorst: tie"])
      assert.deepStrictEqual((yield* run(many.slice(5), [bestWorst({ tie: "random" })])).named, drawn.named.slice(5))
      assert.notDeepEqual((yield* run(many, [bestWorst({ tie: "random" })], 1)).named, drawn.named)
    })
  )

  it.effect("pair by thresholds takes the widest margins first, up to the cap, injected errors among them", () =>
    Effect.gen(function* () {
      const row = groupOf("r", { a: 9, b: 8, c: 3, x: 1, d: 5 }, { x: { parentId: "b", injection: error } })
      const rule = threshold({ high: 8, low: 3 })
      const { named, rows } = yield* run([row], [rule])
      assert.deepStrictEqual(named, ["a>x", "b>x", "a>c", "b>c"])
      assert.deepStrictEqual(
        rows.map(({ margin }) => margin),
        [8, 7, 6, 5]
      )
      assert.deepStrictEqual(
        rows.map(({ errorType }) => errorType),
        [null, "logic", null, null]
      )
      assert.deepStrictEqual((yield* run([row], [threshold({ high: 8, low: 3, maxPairs: 1 })])).named, ["a>x"])
      const none = yield* run([groupOf("r", { a: 9, b: 8 })], [rule])
      assert.deepStrictEqual(none.reasons, ["threshold: no pair"])
      assert.throws(() => threshold({ high: 3, low: 3 }), /high 3 and low 3/)
    })
  )

  it.effect("pair sets the original against its injected error, whatever the scores say", () =>
    Effect.gen(function* () {
      const rows = [
        groupOf(
          "r",
          { a: 2, x: 5, b: 9, y: null },
          {
            x: { parentId: "a", injection: error },
            y: { parentId: "b", injection: { ...error, errorType: "hallucination" } }
          }
        ),
        groupOf("none", { a: 1, b: 2 })
      ]
      const { named, rejects, rows: made } = yield* run(rows, [injected()])
      assert.deepStrictEqual(named, ["a>x", "b>y"])
      assert.deepStrictEqual(
        made.map(({ errorType, margin, rule, scoreRejected }) => [errorType, margin, rule, scoreRejected]),
        [
          ["logic", -3, "injected", 5],
          ["hallucination", null, "injected", null]
        ]
      )
      assert.deepStrictEqual(
        rejects.map(({ id, reason }) => [id, reason]),
        [["none", "injected: no pair"]]
      )
    })
  )

  it.effect("pair refuses texts that are identical, empty or cut off", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [Partial<Candidate>, string]> = [
        [{ text: "text a" }, "identical"],
        [{ text: " \n" }, "tooFew"],
        [{ finishReason: "length" }, "tooFew"],
        [{ finishReason: "contentFilter" }, "tooFew"]
      ]
      for (const [change, reason] of cases) {
        const { reasons, rows } = yield* run([groupOf("r", { a: 9, b: 1 }, { b: change })], [bestWorst()])
        assert.deepStrictEqual([rows, reasons], [[], [`bestWorst: ${reason}`]])
        const child = { ...change, parentId: "a", injection: error }
        const other = yield* run(
          [groupOf("r", { a: 9, b: 1 }, { b: child })],
          [injected(), threshold({ high: 8, low: 2 })]
        )
        assert.deepStrictEqual(other.rows, [])
        assert.deepStrictEqual(other.reasons, [
          `injected: ${reason === "identical" ? "identical" : "no pair"}`,
          reason === "identical" ? "threshold: identical" : "threshold: no pair"
        ])
      }
      const parent = yield* run(
        [groupOf("r", { a: 9, x: 1 }, { a: { finishReason: "length" }, x: { parentId: "a", injection: error } })],
        [injected()]
      )
      assert.deepStrictEqual(parent.reasons, ["injected: noParent"])
    })
  )

  it.effect("pair gives ids that depend on the prompt, the rule and the two candidates alone", () =>
    Effect.gen(function* () {
      const row = groupOf("r", { a: 9, b: 5, c: 1 })
      const rules = [bestWorst(), threshold({ high: 5, low: 1 })]
      const { rows } = yield* run([row], rules)
      assert.strictEqual(new Set(rows.map(({ id }) => id)).size, 3)
      const turned = yield* run(
        [groupOf("other", { a: 9, c: 1 }), { ...row, candidates: row.candidates.toReversed() }],
        rules.toReversed(),
        9
      )
      const ids = turned.rows.filter(({ promptId }) => promptId === "r").map(({ id }) => id)
      assert.sameMembers(
        ids,
        rows.map(({ id }) => id)
      )
      assert.isFalse(turned.rows.some(({ id, promptId }) => promptId === "other" && ids.includes(id)))
    })
  )

  it.effect("pair scores by labels where there are any, and pools the labels of a pair", () =>
    Effect.gen(function* () {
      const row = groupOf("r", { a: 1, b: 9 })
      const labels = [
        labelOf({ betterId: "a", worseId: "b", pModel: 0.6, labelProb: 6 / 7, weight: 6 / 7 }),
        labelOf({ betterId: "a", worseId: "b", pModel: 0.6, labelProb: 7 / 9, weight: 7 / 9 }),
        labelOf({ betterId: "b", worseId: "a", pModel: 0.4, labelProb: 22 / 49, weight: 22 / 49 })
      ]
      const { findings, rows } = yield* withLabels(row, labels, [bestWorst()])
      const [made] = rows
      assert.deepStrictEqual([made!.chosenId, made!.nLabels], ["a", 3])
      const score = (2 * (6 / 7) - 1 + 2 * (7 / 9) - 1 - (2 * (22 / 49) - 1)) / 3
      assert.closeTo(made!.scoreChosen!, score, 1e-12)
      assert.closeTo(made!.margin!, 2 * score, 1e-12)
      assert.closeTo(made!.labelProb!, 0.9197, 1e-4)
      const finding = findings.get("pair")
      assert.isTrue(finding?.kind === "pairs" && finding.meanLabelProb === made!.labelProb && finding.doubtful === 0)
    })
  )

  it.effect("pair knows whether an order is right where the truth was planted", () =>
    Effect.gen(function* () {
      const rows = [
        groupOf("right", { a: 9, b: 1 }, planted(0.9, 0.1)),
        groupOf("wrong", { a: 9, b: 1 }, planted(0.1, 0.9)),
        groupOf("even", { a: 9, b: 1 }, planted(0.5, 0.5)),
        groupOf("unknown", { a: 9, b: 1 }, planted(0.5, null))
      ]
      const { findings, rows: made } = yield* run(rows, [bestWorst()])
      assert.deepStrictEqual(
        made.map(({ plantedCorrect }) => plantedCorrect),
        [true, false, null, null]
      )
      const finding = findings.get("pair")
      assert.strictEqual(finding?.kind === "pairs" ? finding.plantedAccuracy : null, 0.5)
    })
  )

  it.effect("pair reports margins, lengths and the least certain pairs", () =>
    Effect.gen(function* () {
      const n = 130
      const rows = Array.from({ length: n }, (_, i) => ({
        ...groupOf(
          `r${i}`,
          { a: 2, b: 1 },
          { a: { text: i % 4 === 0 ? "a longer text" : "short" }, b: { text: i < 8 ? "equal" : "in between" } }
        ),
        labels: [labelOf({ betterId: "a", worseId: "b", pModel: 0.5, labelProb: (((i * 37) % n) + 60.5) / 200 })]
      }))
      const stage = pair({ rules: [threshold({ high: 0.0001, low: -0.0001 }), injected()] })
      const { findings, rows: made } = yield* collect(pipelineOf(rows, labelledFields).pipe(stage))
      const finding = findings.get("pair")
      if (finding?.kind !== "pairs") assert.fail("no finding about pairs")
      const probs = made.map(({ labelProb }) => labelProb!)
      assert.strictEqual(finding.rule, "threshold, injected")
      assert.strictEqual(finding.nPairs, made.length)
      assert.strictEqual(finding.doubtful, probs.filter((p) => p < 0.5).length)
      assert.closeTo(finding.meanLabelProb!, probs.reduce((sum, p) => sum + p, 0) / probs.length, 1e-12)
      assert.isNull(finding.plantedAccuracy)
      const lengths = made.filter(({ chosen, rejected }) => chosen.length !== rejected.length)
      const longer = lengths.filter(({ chosen, rejected }) => chosen.length > rejected.length)
      assert.strictEqual(finding.chosenLongerShare, longer.length / lengths.length)
      assert.isTrue(longer.length > 0 && lengths.length < made.length && longer.length < lengths.length)
      assert.strictEqual(
        finding.margins.counts.reduce((sum, count) => sum + count, 0),
        made.length
      )
      assert.deepStrictEqual(
        finding.suspects.map(({ labelProb }) => labelProb),
        probs.toSorted((a, b) => a - b).slice(0, 10)
      )
    })
  )

  it.effect("pair draws by seed which text comes first, half of the time the chosen one", () =>
    Effect.gen(function* () {
      const n = 600
      const rows = Array.from({ length: n }, (_, i) => groupOf(`r${i}`, { a: 9, b: 1 }))
      const { rows: made } = yield* run(rows, [bestWorst()])
      const nFirst = made.filter(({ chosenFirst }) => chosenFirst).length
      assert.closeTo(nFirst / n, 0.5, 2 / Math.sqrt(n))
      const sides = (list: typeof made) => list.map(({ chosenFirst }) => chosenFirst)
      assert.deepStrictEqual(sides((yield* run(rows.slice(7), [bestWorst()])).rows), sides(made).slice(7))
      assert.notDeepEqual(sides((yield* run(rows, [bestWorst()], 1)).rows), sides(made))
    })
  )

  it.effect("pair reads ratings axis by axis, falls back, and marks a place that was shared", () =>
    Effect.gen(function* () {
      const rating = (id: string, axis: string, score: number) => ({ ...ratingOf("r", id, score), axis })
      const ratings = [
        rating("a", "correct", 1),
        rating("b", "correct", 0),
        rating("c", "correct", 1),
        rating("a", "calls", 4),
        rating("c", "calls", 2),
        rating("b", "calls", 5)
      ]
      const row = { ...groupOf("r", { a: null, b: null, c: null }), judgments: ratings }
      const rule: PairRule = {
        rule: "fewCalls",
        wants: "a right answer beside a wrong one",
        chosen: { where: [Term.atLeast(Term.rating("correct"), 1)], order: [Term.lowest(Term.rating("calls"))] },
        rejected: { where: [Term.atMost(Term.rating("correct"), 0), Term.moreThanChosen(Term.rating("calls"))] },
        most: 1,
        otherwise: bestWorst({ tie: "random" })
      }
      const { named, rows: made } = yield* run([row, groupOf("s", { a: 9, b: 9, c: 1 })], [rule])
      assert.strictEqual(named[0], "c>b")
      assert.deepStrictEqual(
        made.map(({ rule: name, sharedPlace }) => [name, sharedPlace]),
        [
          ["fewCalls", false],
          ["bestWorst", true]
        ]
      )
      const none = yield* run([groupOf("t", { a: 1 })], [rule])
      assert.deepStrictEqual(none.reasons, ["fewCalls: no pair", "bestWorst: tooFew"])
    })
  )

  it.effect("pair carries columns of the prompt along, and refuses those that a pair has itself", () =>
    Effect.gen(function* () {
      const carry = { user: Schema.NullOr(Schema.String) }
      const row = { ...groupOf("r", { a: 3, b: 9, c: 1 }), user: null }
      const carrying = pair({ rules: [threshold({ high: 9, low: 3 })], carry })
      const { rows } = yield* collect(
        pipelineOf([row, { ...row, id: "s", user: "u1" }], { ...groupFields, ...carry }).pipe(carrying)
      )
      assert.deepStrictEqual(
        rows.map(({ promptId, user }) => [promptId, user]),
        [
          ["r", null],
          ["r", null],
          ["s", "u1"],
          ["s", "u1"]
        ]
      )
      assert.deepStrictEqual((carrying.config as { readonly carry: unknown }).carry, ["user"])
      assert.throws(
        () => pair({ rules: [bestWorst()], carry: { margin: Schema.Finite } }),
        'Cannot pair: found "margin" to carry, expected a column that a pair does not have of its own'
      )
    })
  )

  it("pair describes its rules in its configuration, and refuses two of one name", () => {
    const { config } = pair({ rules: [threshold({ high: 8, low: 2, maxPairs: 3 })] })
    assert.deepStrictEqual(config, {
      rules: [
        {
          rule: "threshold",
          chosen: { where: ["score >= 8"], order: [] },
          rejected: { where: ["score <= 2"], order: [] },
          order: ["highest margin"],
          most: 3,
          per: null,
          tie: "random",
          maxSimilarity: 0.95,
          otherwise: null
        }
      ]
    })
    assert.throws(() => pair({ rules: [bestWorst(), bestWorst({ tie: "keep" })] }), /second rule of this name/)
  })

  it.effect("pair makes pairs of the simulated groups, nearly all of them right", () =>
    Effect.gen(function* () {
      const { rows } = yield* run(someGroups(40), [bestWorst(), injected()])
      const right = rows.filter(({ plantedCorrect }) => plantedCorrect === true).length
      assert.isAbove(right / rows.length, 0.95)
      assert.strictEqual(rows.filter(({ rule }) => rule === "injected").length, 40)
    })
  )
})
