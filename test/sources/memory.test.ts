import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { memory } from "../../src/sources/memory.ts"
import { flatFields, readAll, sourceContract } from "../contracts/source.ts"

sourceContract({
  name: "memory",
  write: () => Effect.succeed(""),
  read: (_, options, rows) => memory(rows, flatFields, options),
  knowsRows: true,
  inMemory: true
})

describe("memory", () => {
  it.effect("memory rejects rows that do not fit and keeps the others", () =>
    Effect.gen(function* () {
      const rows = [{ id: "a" }, { id: "\ud800" }, { id: "c" }]
      const reading = yield* readAll(memory(rows, { id: Schema.String }, { maxRejectShare: 0.5 }))
      assert.deepStrictEqual(reading.rows, [{ id: "a" }, { id: "c" }])
      assert.deepStrictEqual(reading.rejects, [
        {
          id: "memory:2",
          stage: "memory",
          reason: "lone surrogate",
          detail:
            'Cannot read "memory": found a lone surrogate at row 2, column "id", expected well-formed Unicode text'
        }
      ])
      assert.deepStrictEqual(reading.counts, { rowsIn: 3, rowsOut: 2, rejected: 1 })
    })
  )

  it.effect("memory copies rows and leaves out what is not declared", () =>
    Effect.gen(function* () {
      const row = { id: "a", extra: 1, meta: { tags: ["x"], more: true } }
      const fields = { id: Schema.String, meta: Schema.Struct({ tags: Schema.Array(Schema.String) }) }
      const reading = yield* readAll(memory([row], fields))
      assert.deepStrictEqual(reading.rows, [{ id: "a", meta: { tags: ["x"] } }])
      assert.notStrictEqual(reading.rows[0]!.meta, row.meta)
    })
  )

  it.effect("memory gives no rows for none", () =>
    Effect.gen(function* () {
      const reading = yield* readAll(memory([], { id: Schema.String }))
      assert.deepStrictEqual(reading.rows, [])
      assert.strictEqual(reading.totalRows, 0)
    })
  )
})
