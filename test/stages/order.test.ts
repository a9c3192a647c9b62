import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import * as Difficulty from "../../src/stages/Difficulty.ts"
import { order } from "../../src/stages/order.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"
import { pairFields, type PairRow, somePairs } from "./pairs.ts"

const rows = somePairs(60)
const hardness = ({ margin }: PairRow) => (margin === null ? Number.NaN : -Math.abs(margin))

// The contract wants rows in the order in which they came, so they come in the order in which they leave.
stageContract("order", {
  fields: pairFields,
  rows: rows.toSorted((a, b) => (b.margin ?? Number.MIN_SAFE_INTEGER) - (a.margin ?? Number.MIN_SAFE_INTEGER)),
  stage: order({ by: Difficulty.closeMargin })
})

// One row a stage: the contract wants rows in the order in which they came.
const few = somePairs(10).toSorted((a, b) => (b.labelProb ?? -1) - (a.labelProb ?? -1))
stageContract("order", {
  fields: pairFields,
  rows: few,
  stage: order({ by: Difficulty.doubtfulLabel, stages: few.filter(({ labelProb }) => labelProb !== null).length })
})

const run = (
  some: ReadonlyArray<PairRow>,
  options: Parameters<typeof order<typeof Difficulty.closeMargin.needs>>[0],
  batchSize = 512,
  seed = 5
) => collect(pipelineOf(some, pairFields, batchSize).pipe(order(options)), { seed })

const shuffled = rows
  .map((row) => ({ row, at: keyedRandom("order", row.id)() }))
  .toSorted((a, b) => a.at - b.at)
  .map(({ row }) => row)

describe("order", () => {
  for (const direction of ["rising", "falling"] as const) {
    it.effect(`order lets rows leave by ${direction} difficulty, whole, and numbers them`, () =>
      Effect.gen(function* () {
        const { rejects, rows: made } = yield* run(rows, { by: Difficulty.closeMargin, direction })
        const sign = direction === "rising" ? 1 : -1
        const known = rows.filter(({ margin }) => margin !== null)
        const expected = known.toSorted((a, b) => sign * (hardness(a) - hardness(b)))
        assert.deepStrictEqual(
          made,
          expected.map((row, rank) => ({ ...row, difficulty: hardness(row), rank }))
        )
        assert.deepStrictEqual(
          rejects.map(({ id, reason }) => [id, reason]),
          rows.filter(({ margin }) => margin === null).map(({ id }) => [id, "no difficulty"])
        )
      })
    )
  }

  it.effect("order gives the same rows in the same order however they come, also among equals", () =>
    Effect.gen(function* () {
      const by = Difficulty.make("rule", { margin: pairFields.margin }, () => 1)
      const { rows: made } = yield* run(rows, { by })
      assert.deepStrictEqual((yield* run(shuffled, { by }, 7)).rows, made)
      assert.notDeepEqual(
        made.map(({ id }) => id),
        rows.map(({ id }) => id)
      )
      const { rows: other } = yield* run(rows, { by }, 512, 6)
      assert.notDeepEqual(other, made)
      assert.sameMembers(
        other.map(({ id }) => id),
        made.map(({ id }) => id)
      )
    })
  )

  it.effect("order takes infinities and NaN for unknown", () =>
    Effect.gen(function* () {
      const values = [1, Number.NaN, Number.NEGATIVE_INFINITY, 0]
      const by = Difficulty.make("given", { id: pairFields.id }, ({ id }) => values[Number(id.slice(5))]!)
      const { rejects, rows: made } = yield* collect(pipelineOf(rows.slice(0, 4), pairFields).pipe(order({ by })))
      assert.deepStrictEqual(
        made.map(({ id }) => id),
        ["pair 3", "pair 0"]
      )
      assert.strictEqual(rejects.length, 2)
    })
  )
})

const many = somePairs(72)
const staged = (given: ReadonlyArray<PairRow>, seed = 5, batchSize = 512) =>
  collect(pipelineOf(given, pairFields, batchSize).pipe(order({ by: Difficulty.doubtfulLabel, stages: 3 })), { seed })

describe("order in stages", () => {
  it.effect("order goes from easy to hard in stages of equal size, and loses nothing", () =>
    Effect.gen(function* () {
      const { rejects, rows: made } = yield* staged(many)
      assert.deepStrictEqual(
        made.map(({ rank }) => rank),
        made.map((_, i) => i)
      )
      assert.deepStrictEqual(
        made.map(({ curriculumStage }) => curriculumStage),
        [0, 1, 2].flatMap((stage) => Array.from({ length: 20 }, () => stage))
      )
      const hardest = (stage: number) => made.slice(20 * stage, 20 * stage + 20).map(({ difficulty }) => difficulty)
      for (const stage of [0, 1]) assert.isBelow(Math.max(...hardest(stage)), Math.min(...hardest(stage + 1)))
      for (const { curriculumStage: _, difficulty, rank: __, ...row } of made) {
        assert.deepStrictEqual(
          row,
          many.find(({ id }) => id === row.id)
        )
        assert.closeTo(difficulty, 1 - row.labelProb!, 1e-15)
      }
      assert.strictEqual(made.length + rejects.length, many.length)
      assert.isTrue(rejects.every(({ reason }) => reason === "no difficulty"))
    })
  )

  it.effect("order shuffles within a stage by seed and id, not by the order of the rows", () =>
    Effect.gen(function* () {
      const { rows: made } = yield* staged(many)
      assert.deepStrictEqual((yield* staged(many.toReversed(), 5, 7)).rows, made)
      const { rows: other } = yield* staged(many, 6)
      const ids = (stage: number, all: typeof made) => all.slice(20 * stage, 20 * stage + 20).map(({ id }) => id)
      for (const stage of [0, 1, 2]) {
        assert.sameMembers(ids(stage, other), ids(stage, made))
        assert.notDeepEqual(ids(stage, other), ids(stage, made))
      }
    })
  )

  it.effect("order begins with the hard stage where it falls", () =>
    Effect.gen(function* () {
      const falling = order({ by: Difficulty.doubtfulLabel, stages: 2, direction: "falling" })
      const { rows: made } = yield* collect(pipelineOf(many, pairFields).pipe(falling))
      const of = (stage: number) =>
        made.filter(({ curriculumStage }) => curriculumStage === stage).map(({ difficulty }) => difficulty)
      assert.deepStrictEqual(made[0]!.curriculumStage, 0)
      assert.isAbove(Math.min(...of(0)), Math.max(...of(1)))
    })
  )

  it("order refuses a number of stages that is none", () => {
    assert.throws(() => order({ by: Difficulty.doubtfulLabel, stages: 0 }), /expected a positive integer/)
  })
})
