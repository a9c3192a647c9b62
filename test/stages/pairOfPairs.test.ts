import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Pair } from "../../schemas/Pair.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import type { RowOf } from "../../src/Stage.ts"
import { pairOfPairs, type PairOfPairsOptions } from "../../src/stages/pairOfPairs.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"

const fields = { ...Pair, split: Schema.String }
type Row = RowOf<typeof fields>

const rowOf = (i: number, margin: number | null, split = "train"): Row => ({
  id: `pair ${i}`,
  promptId: `prompt ${i}`,
  prompt: `question ${i}`,
  chosen: `good ${i}`,
  rejected: `bad ${i}`,
  chosenId: `${i} a`,
  rejectedId: `${i} b`,
  chosenModel: "m",
  rejectedModel: "m",
  scoreChosen: null,
  scoreRejected: null,
  margin,
  rule: "bestWorst",
  sharedPlace: false,
  chosenFirst: true,
  errorType: null,
  labelProb: null,
  nLabels: 0,
  plantedCorrect: null,
  split
})

/** Rows whose margins are all different. */
const distinct = (n: number, split?: string, from = 0) => {
  const random = keyedRandom("distinct", n, from)
  return Array.from({ length: n }, (_, i) => rowOf(from + i, random(), split))
}

stageContract("pairOfPairs", {
  fields,
  rows: [...distinct(9), rowOf(9, null), ...distinct(5, "test", 20)],
  stage: pairOfPairs({ k: 2, noise: 0.3 })
})

const run = Effect.fnUntraced(function* (rows: ReadonlyArray<Row>, options: PairOfPairsOptions = {}, seed = 0) {
  const result = yield* collect(pipelineOf(rows, fields).pipe(pairOfPairs(options)), { seed })
  const finding = result.findings.get("pairOfPairs")
  return {
    ...result,
    finding: finding?.kind === "pairsOfPairs" ? finding : assert.fail("no finding about pairs of pairs")
  }
})

const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length

describe("pairOfPairs", () => {
  it.effect("pairOfPairs draws k comparisons a pair, with the sides of percentile 2/3 and 1/3", () =>
    Effect.gen(function* () {
      for (const k of [1, 3]) {
        const n = 1200
        const rows = distinct(n)
        const { finding, rows: made } = yield* run(rows, { k })
        assert.strictEqual(made.length, k * n)
        const sorted = rows.map(({ margin }) => margin!).toSorted((a, b) => a - b)
        const percentile = (margin: number) => (sorted.indexOf(margin) + 0.5) / n
        const strong = mean(made.slice(0, n).map((row) => percentile(row.strong.margin!)))
        assert.isAbove(strong, 0.5)
        // The larger of two uniform numbers has variance 1/18.
        const tolerance = 4 / Math.sqrt(18 * k * n)
        assert.closeTo(finding.strongPercentile!, 2 / 3, tolerance)
        assert.closeTo(finding.weakPercentile!, 1 / 3, tolerance)
        if (k === 1) assert.closeTo(finding.strongPercentile!, strong, 1e-9)
        assert.deepStrictEqual([finding.nComparisons, finding.ties, finding.sampler], [k * n, 0, `random(${k})`])
      }
    })
  )

  it.effect("pairOfPairs gives comparisons ids of their own where rows share one", () =>
    Effect.gen(function* () {
      const once = distinct(20)
      const { rows } = yield* run([...once, ...once.map((row, i) => ({ ...row, margin: row.margin! + i }))], { k: 2 })
      assert.lengthOf(rows, 80)
      assert.strictEqual(new Set(rows.map(({ id }) => id)).size, 80)
    })
  )

  it.effect("pairOfPairs puts the larger margin on the strong side and never a pair against itself", () =>
    Effect.gen(function* () {
      const rows = distinct(5)
      const byId = new Map(rows.map((row) => [row.id, row]))
      const counts = new Map<string, number>()
      const nSeeds = 100
      for (let seed = 0; seed < nSeeds; seed++) {
        const { rows: made } = yield* run(rows, {}, seed)
        assert.deepStrictEqual([made.length, new Set(made.map(({ id }) => id)).size], [5, 5])
        for (const { flipped, strong, tie, weak } of made) {
          assert.isAbove(strong.margin!, weak.margin!)
          assert.deepStrictEqual([flipped, tie], [false, false])
          for (const side of [strong, weak]) {
            const { chosen, id, margin, prompt, rejected } = byId.get(side.id)!
            assert.deepStrictEqual(side, { id, prompt, chosen, rejected, margin: margin! })
          }
          const both = [strong.id, weak.id].toSorted().join(" ")
          counts.set(both, (counts.get(both) ?? 0) + 1)
        }
      }
      // Half of the ten comparisons each time.
      assert.strictEqual(counts.size, 10)
      for (const count of counts.values()) assert.closeTo(count, nSeeds / 2, 4 * Math.sqrt(nSeeds / 4))
    })
  )

  it.effect("pairOfPairs compares pairs of one split only and draws as many as the split deserves", () =>
    Effect.gen(function* () {
      const rows = Array.from({ length: 90 }, (_, i) => rowOf(i, i, i % 3 === 0 ? "test" : "train"))
      const { finding, rows: made } = yield* run(rows, { k: 2 })
      const splitOf = new Map(rows.map(({ id, split }) => [id, split]))
      for (const { split, strong, weak } of made) {
        assert.deepStrictEqual([splitOf.get(strong.id), splitOf.get(weak.id)], [split, split])
      }
      assert.strictEqual(made.filter(({ split }) => split === "test").length, 60)
      assert.strictEqual(made.filter(({ split }) => split === "train").length, 120)
      assert.strictEqual(finding.nComparisons, 180)
    })
  )

  it.effect("pairOfPairs draws each split by itself", () =>
    Effect.gen(function* () {
      const rows = Array.from({ length: 60 }, (_, i) => rowOf(i, i % 30, i < 30 ? "train" : "test"))
      const { rows: made } = yield* run(rows)
      const drawn = (name: string) =>
        made.filter(({ split }) => split === name).map(({ strong, weak }) => [strong.margin, weak.margin])
      assert.notDeepEqual(drawn("test"), drawn("train"))
    })
  )

  it.effect("pairOfPairs calls everything train where there are no splits", () =>
    Effect.gen(function* () {
      const rows = distinct(6).map(({ split: _split, ...row }) => row)
      const { rows: made } = yield* collect(pipelineOf(rows, Pair).pipe(pairOfPairs()))
      assert.deepStrictEqual(
        made.map(({ split }) => split),
        Array.from({ length: 6 }, () => "train")
      )
    })
  )

  it.effect("pairOfPairs turns as many labels round as the noise says and marks each", () =>
    Effect.gen(function* () {
      const n = 1500
      const { rows } = yield* run(distinct(n), { noise: 0.2 })
      const flipped = rows.filter((row) => row.flipped)
      assert.closeTo(flipped.length / n, 0.2, 4 * Math.sqrt(0.16 / n))
      for (const { flipped: isFlipped, strong, weak } of rows)
        assert.strictEqual(strong.margin! < weak.margin!, isFlipped)
    })
  )

  it.effect("pairOfPairs rejects pairs without a margin, which no other pair meets", () =>
    Effect.gen(function* () {
      const rows = Array.from({ length: 30 }, (_, i) => rowOf(i, i % 5 === 0 ? null : i))
      const { rejects, rows: made } = yield* run(rows, { k: 3 })
      assert.strictEqual(made.length, 72)
      assert.deepStrictEqual(
        rejects.map(({ id }) => id),
        [0, 5, 10, 15, 20, 25].map((i) => `pair ${i}`)
      )
      assert.isTrue(rejects.every(({ reason }) => reason === "no margin"))
      const known = new Set(rows.filter(({ margin }) => margin !== null).map(({ id }) => id))
      for (const { strong, weak } of made) assert.isTrue(known.has(strong.id) && known.has(weak.id))
    })
  )

  it.effect("pairOfPairs drops, keeps or orders ties at random, as told", () =>
    Effect.gen(function* () {
      const n = 600
      const rows = Array.from({ length: n }, (_, i) => rowOf(i, i % 2))
      const dropped = yield* run(rows)
      assert.strictEqual(dropped.rows.length, n)
      assert.isTrue(dropped.rows.every(({ strong, weak }) => strong.margin === 1 && weak.margin === 0))
      // A draw is a tie with probability one half, so n rows take 2 n draws, with variance 2 n.
      assert.closeTo(dropped.finding.ties, n, 4 * Math.sqrt(2 * n) + 2)
      const kept = yield* run(rows, { tie: "keep" })
      assert.strictEqual(kept.rows.length, n)
      assert.isTrue(kept.rows.every(({ strong, tie, weak }) => tie === (strong.margin === weak.margin)))
      const nTies = kept.rows.filter(({ tie }) => tie).length
      assert.strictEqual(kept.finding.ties, nTies)
      assert.closeTo(nTies / n, 0.5, 2 / Math.sqrt(n) + 1 / n)
      const random = yield* run(rows, { tie: "random" })
      assert.strictEqual(random.rows.length, n)
      assert.isTrue(random.rows.every(({ tie }) => !tie))
      assert.isTrue(random.rows.some(({ strong, weak }) => strong.margin === weak.margin))
      const coarse = yield* run(distinct(50), { tie: "keep", tieTolerance: 0.25 })
      assert.isTrue(
        coarse.rows.every(({ strong, tie, weak }) => tie === Math.abs(strong.margin! - weak.margin!) <= 0.25)
      )
      assert.isTrue(coarse.rows.some(({ tie }) => tie))
    })
  )

  it.effect("pairOfPairs gives the same rows for the same seed and others for another", () =>
    Effect.gen(function* () {
      const rows = distinct(40)
      const first = yield* run(rows, { k: 2, noise: 0.1 }, 1)
      assert.deepStrictEqual((yield* run(rows, { k: 2, noise: 0.1 }, 1)).rows, first.rows)
      assert.notDeepEqual((yield* run(rows, { k: 2, noise: 0.1 }, 2)).rows, first.rows)
    })
  )

  it.effect("pairOfPairs draws the same comparisons whatever order the rows are in", () =>
    Effect.gen(function* () {
      const rows = [...distinct(40), ...Array.from({ length: 20 }, (_, i) => rowOf(40 + i, i % 3))]
      const sorted = (made: ReadonlyArray<{ readonly id: string }>) =>
        made.toSorted((a, b) => Number(a.id > b.id) - Number(a.id < b.id))
      for (const sampler of ["random", "iterative", "active"] as const) {
        const first = yield* run(rows, { sampler, k: 2, noise: 0.2, tie: "keep" })
        const again = yield* run(rows.toReversed(), { sampler, k: 2, noise: 0.2, tie: "keep" })
        assert.deepStrictEqual(sorted(again.rows), sorted(first.rows))
        assert.strictEqual(new Set(first.rows.map(({ id }) => id)).size, first.rows.length)
      }
    })
  )

  it.effect("pairOfPairs keeps nearly all comparisons when a row is added, but for those of the active sampler", () =>
    Effect.gen(function* () {
      const rows = distinct(500)
      for (const sampler of ["random", "iterative"] as const) {
        const known = new Set((yield* run(rows, { sampler, k: 2 })).rows.map(({ id }) => id))
        const { rows: made } = yield* run([...rows, rowOf(500, 0.6)], { sampler, k: 2 })
        const nNew = made.filter(({ id }) => !known.has(id)).length
        // Two of its own, and those that it or the larger number moves: some k log2 n.
        assert.isAtLeast(nNew, 1)
        assert.isAtMost(nNew, 40)
      }
    })
  )

  it.effect("pairOfPairs makes nothing of fewer than two pairs or of ties alone", () =>
    Effect.gen(function* () {
      for (const rows of [[rowOf(0, 1)], [rowOf(0, null), rowOf(1, 2)], [rowOf(0, 1), rowOf(1, 1)]]) {
        const { finding, rows: made } = yield* run(rows)
        assert.deepStrictEqual(made, [])
        assert.deepStrictEqual(
          [finding.nComparisons, finding.strongPercentile, finding.weakPercentile],
          [0, null, null]
        )
      }
    })
  )

  it.effect(
    "pairOfPairs iterative takes every pair with a weaker one k times as strong, with margins as in the data",
    () =>
      Effect.gen(function* () {
        const rows = distinct(40)
        const { finding, rows: made } = yield* run(rows, { sampler: "iterative", k: 3 })
        const least = rows.toSorted((a, b) => a.margin! - b.margin!)[0]!.id
        const counts = new Map<string, number>()
        for (const { strong } of made) counts.set(strong.id, (counts.get(strong.id) ?? 0) + 1)
        assert.deepStrictEqual([counts.size, counts.has(least)], [39, false])
        assert.isTrue([...counts.values()].every((count) => count === 3))
        assert.deepStrictEqual([finding.sampler, finding.nComparisons], ["iterative(3)", 117])
      })
  )

  it.effect("pairOfPairs active compares no two pairs twice, split by split", () =>
    Effect.gen(function* () {
      const { rows: made } = yield* run([...distinct(30), ...distinct(30, "test", 30)], { sampler: "active", k: 3 })
      assert.strictEqual(made.length, 180)
      const keys = made.map(({ strong, weak }) => [strong.id, weak.id].toSorted((a, b) => (a < b ? -1 : 1)).join("|"))
      assert.strictEqual(new Set(keys).size, 180)
      for (const { strong, weak } of made) assert.isAbove(strong.margin!, weak.margin!)
    })
  )

  it.effect("pairOfPairs labels by the column it is told, or leaves the label to a judge", () =>
    Effect.gen(function* () {
      const rows = distinct(50).map((row, i) => ({ ...row, labelProb: i === 3 ? null : 1 - row.margin! }))
      const pipeline = (options: PairOfPairsOptions<"labelProb" | null>) =>
        pipelineOf(rows, fields).pipe(pairOfPairs(options))
      const byColumn = yield* collect(pipeline({ column: "labelProb" }))
      const probability = new Map(rows.map(({ id, labelProb }) => [id, labelProb]))
      for (const { labelSource, strong, weak } of byColumn.rows) {
        assert.deepStrictEqual([labelSource, strong.margin], ["labelProb", probability.get(strong.id)!])
        assert.isAbove(strong.margin!, weak.margin!)
      }
      assert.deepStrictEqual(
        byColumn.rejects.map(({ reason }) => reason),
        ["no labelProb"]
      )
      const without = yield* collect(pipeline({ column: null, k: 2 }))
      assert.strictEqual(without.rows.length, 100)
      for (const { labelSource, strong, tie, weak } of without.rows) {
        assert.deepStrictEqual([labelSource, tie, strong.margin, weak.margin], ["none", true, null, null])
      }
      assert.throws(() => pairOfPairs({ column: null, sampler: "active" }), /found sampler "active" and noise 0/)
      assert.throws(() => pairOfPairs({ column: null, noise: 0.1 }), /noise 0.1/)
    })
  )

  it("pairOfPairs refuses options out of range when it is set up", () => {
    assert.throws(() => pairOfPairs({ k: 0 }), /k 0/)
    assert.throws(() => pairOfPairs({ noise: 1.5 }), /noise 1.5/)
    assert.throws(() => pairOfPairs({ tieTolerance: -1 }), /tieTolerance -1/)
  })
})
