import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Run } from "../../src/Run.ts"
import { jsonl } from "../../src/sinks/jsonl.ts"
import { batchesOf, sinkContract } from "../contracts/sink.ts"
import { readJsonl } from "./readBack.ts"

for (const extension of ["jsonl", "jsonl.gz", "jsonl.zst"]) {
  sinkContract({
    name: `jsonl to .${extension}`,
    sink: jsonl(`deep/rows.${extension}`),
    read: readJsonl,
    holdsNonFinite: false
  })
}

const textOf = (fields: Schema.Struct.Fields, rows: ReadonlyArray<unknown>) =>
  Effect.gen(function* () {
    const { folder } = yield* Run
    const [file] = yield* jsonl("rows.jsonl").write(fields, batchesOf(rows))
    return fs.readFileSync(path.join(folder, file!.path), "utf8")
  })

describe("jsonl", () => {
  it.effect("writes keys in column order, also in structs, and null for what is missing", () =>
    Effect.gen(function* () {
      const fields = {
        b: Schema.NullOr(Schema.String),
        a: Schema.Array(Schema.Struct({ role: Schema.String, content: Schema.NullOr(Schema.String) }))
      }
      const text = yield* textOf(fields, [
        { a: [{ content: "é\u2028", role: "user" }], z: 1 },
        { a: [], b: "x" }
      ])
      assert.strictEqual(text, '{"b":null,"a":[{"role":"user","content":"é\u2028"}]}\n{"b":"x","a":[]}\n')
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("keeps the sign of zero where the column is a float", () =>
    Effect.gen(function* () {
      const text = yield* textOf({ float: Schema.Finite, int: Schema.Int }, [{ float: -0, int: -0 }])
      assert.strictEqual(text, '{"float":-0.0,"int":0}\n')
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("says which value is no JSON, inside a list too", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(textOf({ x: Schema.Array(Schema.Number) }, [{ x: [1] }, { x: [0, Infinity] }]))
      assert.strictEqual(
        error.message,
        'Cannot write row 1 to "rows.jsonl" (sink "jsonl"): column "x[1]" holds the number Infinity, expected finite number'
      )
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("writes more than one flush of text", () =>
    Effect.gen(function* () {
      const rows = Array.from({ length: 5000 }, (_, i) => ({ text: `${i} ${"x".repeat(1000)}` }))
      const { folder } = yield* Run
      for (const extension of ["jsonl", "jsonl.gz", "jsonl.zst"]) {
        const [file] = yield* jsonl(`rows.${extension}`).write({ text: Schema.String }, batchesOf(rows))
        assert.deepStrictEqual(yield* Effect.promise(() => readJsonl(path.join(folder, file!.path))), rows)
      }
    }).pipe(Effect.provide(Run.layerTemporary()))
  )
})
