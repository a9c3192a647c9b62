import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Candidate } from "../../schemas/Candidate.ts"
import type { Judgment } from "../../schemas/Judgment.ts"
import { bradleyTerry } from "../../src/pairings/bradleyTerry.ts"
import { bestWorst } from "../../src/pairings/bestWorst.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { aggregate, type AggregateOptions } from "../../src/stages/aggregate.ts"
import { pair } from "../../src/stages/pair.ts"
import { stageContract } from "../contracts/stage.ts"
import { candidateOf, ratingOf, verdictOf } from "./candidates.ts"
import { collect, pipelineOf } from "./collect.ts"
import { groupFields, someGroups } from "./groups.ts"

const rows = someGroups(6)
stageContract("aggregate", { fields: groupFields, rows, stage: aggregate({ by: "mean" }) })
stageContract("aggregate over the set", {
  fields: groupFields,
  rows,
  stage: aggregate({ by: "median", scope: "annotator" })
})
stageContract("aggregate by EM", { fields: groupFields, rows, stage: aggregate({ by: "em" }) })

const group = (
  id: string,
  names: ReadonlyArray<string>,
  judgments: ReadonlyArray<Judgment>,
  more: Readonly<Record<string, Partial<Candidate>>> = {}
) => ({
  id,
  domain: null,
  prompt: id,
  reference: null,
  candidates: names.map((name) => candidateOf({ id: name, text: `text ${name}`, ...more[name] })),
  judgments
})
type Group = ReturnType<typeof group>

const on = (axis: string, firstId: string, score: number, annotator = "r"): Judgment => ({
  ...ratingOf(annotator, firstId, score),
  axis
})

/** The merged scores of every row, candidate by candidate. */
const scoresOf = (groups: ReadonlyArray<Group>, options: AggregateOptions) =>
  Effect.map(collect(pipelineOf(groups, groupFields).pipe(aggregate(options))), ({ rows: made }) =>
    made.map(({ judgments }, i) => {
      assert.deepStrictEqual(judgments.slice(0, groups[i]!.judgments.length), [...groups[i]!.judgments])
      return judgments.slice(groups[i]!.judgments.length).map(({ score }) => score)
    })
  )

const close = (found: ReadonlyArray<number | null>, expected: ReadonlyArray<number>, delta = 1e-9) => {
  assert.strictEqual(found.length, expected.length)
  for (const [i, value] of expected.entries()) assert.approximately(found[i]!, value, delta)
}

describe("aggregate", () => {
  it.effect("aggregate appends one named judgment for each candidate, null where nothing was said", () =>
    Effect.gen(function* () {
      const one = group("p", ["a", "b"], [ratingOf("r", "a", 2), ratingOf("s", "a", 4)])
      const { rows: made } = yield* collect(
        pipelineOf([one], groupFields).pipe(aggregate({ by: "mean", name: "panel", as: "quality" }))
      )
      assert.deepStrictEqual(
        made[0]!.judgments.slice(2).map(({ annotator, axis, firstId, score }) => [annotator, axis, firstId, score]),
        [
          ["aggregate:panel", "quality", "a", 3],
          ["aggregate:panel", "quality", "b", null]
        ]
      )
      assert.isTrue(made[0]!.judgments.every(({ annotatorKind }) => annotatorKind === "simulated"))
    })
  )

  it.effect("aggregate merges by each simple rule", () =>
    Effect.gen(function* () {
      const one = [
        group(
          "p",
          ["a"],
          [1, 2, 9].map((score, i) => ratingOf(`r${i}`, "a", score))
        )
      ]
      const value = (options: AggregateOptions) => Effect.map(scoresOf(one, options), ([found]) => found![0])
      assert.strictEqual(yield* value({ by: "mean" }), 4)
      assert.strictEqual(yield* value({ by: "median" }), 2)
      assert.strictEqual(yield* value({ by: "min" }), 1)
      assert.strictEqual(yield* value({ by: "max" }), 9)
      assert.strictEqual(yield* value({ by: "sum" }), 12)
      assert.approximately((yield* value({ by: "powerMean", power: 0 }))!, 18 ** (1 / 3), 1e-12)
      assert.strictEqual(yield* value({ by: "worstCase", alpha: 0.5 }), 2.5)
      assert.strictEqual(yield* value({ by: "votes", passes: 2, rule: "majority" }), 1)
    })
  )

  it.effect("aggregate averages within axes or annotators first where it is told to", () =>
    Effect.gen(function* () {
      const one = [group("p", ["a"], [on("x", "a", 0), on("x", "a", 2, "s"), on("y", "a", 10)])]
      assert.deepStrictEqual(yield* scoresOf(one, { by: "min" }), [[0]])
      assert.deepStrictEqual(yield* scoresOf(one, { by: "min", over: "axes" }), [[1]])
      assert.deepStrictEqual(yield* scoresOf(one, { by: "min", over: "annotators" }), [[2]])
      assert.deepStrictEqual(yield* scoresOf(one, { by: "mean", over: "axes", axes: ["y"] }), [[10]])
    })
  )

  it.effect("aggregate standardises within the prompt, within annotators over the set, or over the set", () =>
    Effect.gen(function* () {
      // A strict annotator sees p, a mild one q.
      const groups = [
        group("p", ["a", "b"], [ratingOf("strict", "a", 1), ratingOf("strict", "b", 3)]),
        group("q", ["c", "d"], [ratingOf("mild", "c", 8), ratingOf("mild", "d", 10)])
      ]
      assert.deepStrictEqual(yield* scoresOf(groups, { by: "mean", scope: "group" }), [
        [-1, 1],
        [-1, 1]
      ])
      assert.deepStrictEqual(yield* scoresOf(groups, { by: "mean", scope: "annotator" }), [
        [-1, 1],
        [-1, 1]
      ])
      const [p, q] = yield* scoresOf(groups, { by: "mean", scope: "set" })
      // Mean 5.5, variance (4.5² + 2.5² + 2.5² + 4.5²) / 4.
      const deviation = Math.sqrt(13.25)
      close(p!, [-4.5 / deviation, -2.5 / deviation])
      close(q!, [2.5 / deviation, 4.5 / deviation])
    })
  )

  it.effect(
    "aggregate combines objectives as the log-probability that all hold, against a reference of the prompt",
    () =>
      Effect.gen(function* () {
        const judgments = [on("x", "a", 0), on("x", "b", 10), on("y", "a", 1), on("y", "b", -1), on("x", "c", 4)]
        const [found] = yield* scoresOf([group("p", ["a", "b", "c"], judgments)], {
          by: "logSigmoidSum",
          quantile: 0.5
        })
        const log = (x: number) => Math.log(1 / (1 + Math.exp(-x)))
        // The medians are 4 on x and 0 on y.
        close(found!.slice(0, 2), [log(0 - 4) + log(1), log(10 - 4) + log(-1)])
        assert.isNull(found![2])
        const more = { c: { model: "reference" } }
        const [against] = yield* scoresOf([group("p", ["a", "b", "c"], [...judgments, on("y", "c", 1)], more)], {
          by: "logSigmoidSum",
          referenceModel: "reference"
        })
        close(against!, [log(-4) + log(0), log(6) + log(-2), 2 * log(0)])
      })
  )

  it.effect("aggregate lets the axis with the widest gap in units of its variance over the set decide", () =>
    Effect.gen(function* () {
      const of = (id: string, x: readonly [number, number], y: readonly [number, number]) =>
        group(id, ["a", "b"], [on("x", "a", x[0]), on("x", "b", x[1]), on("y", "a", y[0]), on("y", "b", y[1])])
      // Axis x is noisy over the set, so its gap of 10 in the first prompt means less than the gap of 2 on y.
      const groups = [of("p", [10, 0], [0, 2]), of("q", [0, 40], [1, 1]), of("r", [-30, 0], [1, 1])]
      const [p, q, r] = yield* scoresOf(groups, { by: "dominantAxis" })
      // Distances from the prompts' means: 5, 20, 15 on x and 1, 0, 0 on y, each twice.
      close(p!, [-1 / (2 / 6), 1 / (2 / 6)])
      const variance = (2 * (25 + 400 + 225)) / 6
      close(q!, [-20 / variance, 20 / variance])
      close(r!, [-15 / variance, 15 / variance])
    })
  )

  it.effect("aggregate credits a parent with the mean of its children", () =>
    Effect.gen(function* () {
      const judgments = [ratingOf("r", "run 1", 3), ratingOf("r", "run 2", 0), ratingOf("r", "other", 1)]
      const children = { "run 1": { parentId: "plan" }, "run 2": { parentId: "plan" } }
      const found = yield* scoresOf([group("p", ["plan", "run 1", "run 2", "other"], judgments, children)], {
        by: "hierarchicalMean"
      })
      assert.deepStrictEqual(found, [[1.5, 3, 0, 1]])
    })
  )

  it.effect("aggregate weighs a judge by its trust in the prompt and skips prompts without contrast", () =>
    Effect.gen(function* () {
      const of = (id: string, correct: readonly [number, number]) =>
        group(
          id,
          ["a", "b"],
          [on("correct", "a", correct[0]), on("correct", "b", correct[1]), on("thought", "a", 2), on("thought", "b", 7)]
        )
      const [wrongWay, rightWay, all] = yield* scoresOf([of("p", [1, 0]), of("q", [0, 1]), of("r", [1, 1])], {
        by: "trust",
        correct: "correct",
        scale: [0, 10]
      })
      close(wrongWay!, [0.2 / Math.E, 0.7 / Math.E])
      close(rightWay!, [0.2, 0.7])
      assert.deepStrictEqual(all, [null, null])
    })
  )

  it.effect("aggregate fits strengths to comparisons as bradleyTerry does, and rates them in order by Elo", () =>
    Effect.gen(function* () {
      const judgments = [
        verdictOf("v", "a", "b", "first"),
        verdictOf("v", "c", "b", "tie"),
        verdictOf("v", "c", "a", "second"),
        verdictOf("v", "b", "a", "first")
      ]
      const one = [group("p", ["a", "b", "c", "unseen"], judgments)]
      const [found] = yield* scoresOf(one, { by: "bradleyTerry" })
      const { strength } = bradleyTerry({
        nItems: 3,
        strong: Int32Array.of(0, 2, 0, 1),
        weak: Int32Array.of(1, 1, 2, 0),
        tie: Uint8Array.of(0, 1, 0, 0)
      })
      close(found!.slice(0, 3), [...strength], 1e-4)
      assert.isNull(found![3])
      const [rated] = yield* scoresOf([group("p", ["a", "b", "c"], judgments.slice(0, 1))], { by: "elo" })
      assert.deepStrictEqual(rated, [1016, 984, null])
    })
  )

  it.effect("aggregate by EM follows the annotators who agree, where a majority would not", () =>
    Effect.gen(function* () {
      const random = keyedRandom("aggregate em")
      // Two annotators are right 19 times of 20, three guess.
      const skills = { ada: 0.95, bram: 0.95, coin1: 0.5, coin2: 0.5, coin3: 0.5 }
      const groups = Array.from({ length: 300 }, (_, i) =>
        group(
          `p${i}`,
          ["good", "bad"],
          Object.entries(skills).map(([name, skill]) =>
            verdictOf(name, "good", "bad", random() < skill ? "first" : "second")
          )
        )
      )
      const rightBy = (options: AggregateOptions) =>
        Effect.map(scoresOf(groups, options), (all) => all.filter(([good, bad]) => good! > bad!).length)
      const byEm = yield* rightBy({ by: "em" })
      const byCount = yield* rightBy({ by: "mean" })
      assert.isAbove(byEm, 270)
      assert.isAbove(byEm, byCount + 15)
      const rated = groups.map(({ judgments, ...row }) => ({
        ...row,
        judgments: judgments.flatMap(({ annotator, verdict }) => [
          ratingOf(annotator, "good", Number(verdict === "first")),
          ratingOf(annotator, "bad", Number(verdict !== "first"))
        ])
      }))
      const passing = yield* scoresOf(rated, { by: "em", passes: 0.5 })
      assert.isAbove(passing.filter(([good, bad]) => good! > 0.5 && bad! < 0.5).length, 270)
    })
  )

  it.effect("aggregate decides what pair cuts, in place of the judgments it read", () =>
    Effect.gen(function* () {
      const judgments = [on("x", "a", 0), on("x", "b", 10), on("y", "a", 6), on("y", "b", -2)]
      const rows1 = [group("p", ["a", "b"], judgments)]
      const chosenBy = (options: AggregateOptions) =>
        Effect.map(
          collect(pipelineOf(rows1, groupFields).pipe(aggregate(options), pair({ rules: [bestWorst()] }))),
          ({ rows: made }) => made.map(({ chosenId }) => chosenId)
        )
      assert.deepStrictEqual(yield* chosenBy({ by: "max" }), ["b"])
      assert.deepStrictEqual(yield* chosenBy({ by: "min" }), ["a"])
    })
  )

  it("aggregate refuses options out of range before anything runs", () => {
    assert.throws(() => aggregate({ by: "worstCase", alpha: 2 }), /found alpha 2/)
    assert.throws(() => aggregate({ by: "powerMean", power: Number.NaN }), /found power NaN/)
    assert.throws(() => aggregate({ by: "logSigmoidSum", quantile: 85 }), /found share 85/)
    assert.throws(() => aggregate({ by: "trust", correct: "c", scale: [1, 1] }), /found scale 1 to 1/)
    assert.throws(() => aggregate({ by: "elo", k: 0 }), /found k 0/)
    assert.throws(() => aggregate({ by: "bradleyTerry", priorSd: -1 }), /found priorSd -1/)
  })
})
