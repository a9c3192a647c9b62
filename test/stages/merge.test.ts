import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { filter } from "../../src/stages/filter.ts"
import { merge } from "../../src/stages/merge.ts"
import { collect, pipelineOf } from "./collect.ts"

const fields = { id: Schema.String, margin: Schema.Finite }
const of = (...margins: ReadonlyArray<number>) => margins.map((margin) => ({ id: `row ${margin}`, margin }))
const positive = filter({ needs: fields, reason: "negative", keep: ({ margin }) => margin > 0 })

describe("merge", () => {
  it.effect("merge puts the rows of the other pipeline behind, and keeps the numbers of both apart", () =>
    Effect.gen(function* () {
      const other = pipelineOf(of(3, -4), fields, 1).pipe(positive)
      const merged = pipelineOf(of(1, -2, 5), fields, 2).pipe(positive, merge(other))
      const { progress, rejects, rows } = yield* collect(merged)
      assert.deepStrictEqual(rows, of(1, 5, 3))
      assert.deepStrictEqual(
        merged.steps.map(({ key }) => key),
        ["rows", "filter", "rows#2", "filter#2", "merge"]
      )
      assert.deepStrictEqual(
        rejects.map(({ id, stage }) => [id, stage]),
        [
          ["row -2", "filter"],
          ["row -4", "filter#2"]
        ]
      )
      assert.deepStrictEqual([progress.stage("filter").rowsIn, progress.stage("filter#2").rowsIn], [3, 2])
      assert.strictEqual(progress.stage("merge").rowsOut, 3)
    })
  )

  it("merge refuses different columns", () => {
    const other = pipelineOf([{ id: "a" }], { id: Schema.String })
    assert.throws(
      () => pipelineOf(of(1), fields).pipe(merge(other)),
      /column "margin" is finite number in the first and missing in the second/
    )
  })
})
