import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Arrow from "apache-arrow"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Columns from "../../src/Columns.ts"
import { Run } from "../../src/Run.ts"
import { arrow } from "../../src/sinks/arrow.ts"
import { batchesOf, sinkContract } from "../contracts/sink.ts"
import { hardFields, hardRows } from "./hardTable.ts"
import { readArrow } from "./readBack.ts"

sinkContract({ name: "arrow", sink: arrow("deep/rows.arrow"), read: readArrow, holdsNonFinite: true })

const tableOf = (fields: Schema.Struct.Fields, rows: ReadonlyArray<unknown>) =>
  Effect.gen(function* () {
    const { folder } = yield* Run
    const [file] = yield* arrow("rows.arrow").write(fields, batchesOf(rows))
    return Arrow.tableFromIPC(fs.readFileSync(path.join(folder, file!.path)))
  })

describe("arrow", () => {
  it.effect("has the schema of the columns, with what may be null", () =>
    Effect.gen(function* () {
      const table = yield* tableOf(hardFields, [])
      const expected = Columns.toArrow(Columns.fromFields(hardFields), Arrow)
      assert.strictEqual(String(table.schema), String(expected))
      assert.deepStrictEqual(
        table.schema.fields.map((field) => field.nullable),
        expected.fields.map((field) => field.nullable)
      )
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("begins a record batch every 1,000 rows", () =>
    Effect.gen(function* () {
      const table = yield* tableOf(hardFields, hardRows(2001, { finite: false }))
      assert.deepStrictEqual(
        table.batches.map((batch) => batch.numRows),
        [1000, 1000, 1]
      )
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("keeps integers beyond 32 bits and texts of megabytes", () =>
    Effect.gen(function* () {
      const values = [2 ** 53 - 1, -(2 ** 53) + 1, 2 ** 32, -(2 ** 32), -1]
      const rows = values.map((i) => ({ i, text: "😀".repeat(600_000) }))
      const table = yield* tableOf({ i: Schema.Int, text: Schema.String }, rows)
      assert.deepStrictEqual(Array.from(table.getChild("i")!, Number), values)
      assert.deepStrictEqual(
        Array.from(table.getChild("text")!, (text: string) => text.length),
        values.map(() => 1_200_000)
      )
    }).pipe(Effect.provide(Run.layerTemporary()))
  )
})
