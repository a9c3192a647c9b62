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
