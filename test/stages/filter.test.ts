import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { filter } from "../../src/stages/filter.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"

const fields = { id: Schema.String, margin: Schema.Finite, text: Schema.String }
const rows = [0.1, 0.5, 0.3, 0.9, -1].map((margin, i) => ({ id: `row ${i}`, margin, text: `text ${i}` }))

const wide = {
  needs: { margin: Schema.Finite },
  reason: "small margin",
  keep: (row: { margin: number }) => row.margin >= 0.4
}

stageContract("filter", { fields, rows, stage: filter(wide) })

describe("filter", () => {
  it.effect("filter lets rows pass unchanged and in order, and rejects the others with what it looked at", () =>
    Effect.gen(function* () {
      const { rejects, rows: made } = yield* collect(pipelineOf(rows, fields).pipe(filter(wide)))
      assert.deepStrictEqual(made, [rows[1]!, rows[3]!])
      assert.deepStrictEqual(
        rejects,
        [0, 2, 4].map((i) => ({
          id: `row ${i}`,
          stage: "filter",
          reason: "small margin",
          detail: JSON.stringify({ margin: rows[i]!.margin })
        }))
      )
    })
  )

  it.effect("filter writes down what it was told to about a row that leaves", () =>
    Effect.gen(function* () {
      const told = filter({ ...wide, detail: ({ margin }) => `only ${margin}` })
      const { rejects } = yield* collect(pipelineOf(rows.slice(0, 1), fields).pipe(told))
      assert.deepStrictEqual(
        rejects.map(({ detail }) => detail),
        ["only 0.1"]
      )
    })
  )
})
