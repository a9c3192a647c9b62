import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import * as zlib from "node:zlib"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Run } from "../../src/Run.ts"
import { parquet as toParquet } from "../../src/sinks/parquet.ts"
import { jsonl } from "../../src/sources/jsonl.ts"
import { parquet } from "../../src/sources/parquet.ts"
import { identify } from "../../src/stages/identify.ts"
import { filter } from "../../src/stages/filter.ts"

const data = path.resolve(import.meta.dirname, "../../../shared/data/real")

const linesOf = (file: string): Array<Record<string, unknown>> => {
  const bytes = fs.readFileSync(file)
  const text = (file.endsWith(".gz") ? zlib.gunzipSync(bytes) : bytes).toString("utf8")
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

const realTest = (file: string, name: string, test: () => Effect.Effect<void, unknown>) => {
  const isThere = fs.existsSync(file)
  if (!isThere)
    process.stdout.write(`skipped "${name}": ${path.basename(path.dirname(file))} is not beside the checkout\n`)
  it.effect.skipIf(!isThere)(name, test)
}

const roundTrip = <F extends Schema.Struct.Fields>(file: string, fields: F) =>
  Effect.gen(function* () {
    const { folder, rejects } = yield* Run
    const pipeline = jsonl(file, fields).pipe(
      identify(fields),
      filter({ needs: { id: Schema.String }, reason: "none", keep: (row) => row.id !== "" })
    )
    yield* toParquet("data.parquet").write(pipeline.columns, pipeline.batches)
    const back = yield* Stream.runCollect(parquet(path.join(folder, "data.parquet"), pipeline.columns).batches)
    assert.deepStrictEqual([...rejects.entries()], [])
    return back.flatMap((batch) => batch.rows as ReadonlyArray<Record<string, unknown>>)
  }).pipe(Effect.provide(Run.layerTemporary()))

describe("real data through a pipeline to Parquet and back", () => {
  const harmless = path.join(data, "hh-rlhf-harmless-test/test.jsonl.gz")
  realTest(harmless, "loses nothing of hh-rlhf", () =>
    Effect.gen(function* () {
      const rows = yield* roundTrip(harmless, { chosen: Schema.String, rejected: Schema.String })
      assert.strictEqual(rows.length, 2312)
      assert.deepStrictEqual(
        rows.map(({ chosen, rejected }) => ({ chosen, rejected })),
        linesOf(harmless)
      )
    })
  )

  const grouped = path.join(data, "prometheus-vicuna-eval/grouped.jsonl")
  const fields = {
    idx: Schema.Int,
    category: Schema.String,
    prompt: Schema.String,
    candidates: Schema.Array(
      Schema.Struct({
        source: Schema.String,
        prompt_as_seen: Schema.NullOr(Schema.String),
        response: Schema.String,
        gpt4_scores: Schema.Array(Schema.Int),
        rubric: Schema.String
      })
    )
  }
  realTest(grouped, "loses nothing of the rated candidates of prometheus-vicuna-eval", () =>
    Effect.gen(function* () {
      const rows = yield* roundTrip(grouped, fields)
      assert.strictEqual(rows.length, 80)
      assert.deepStrictEqual(
        rows.map(({ id: _id, ...rest }) => rest),
        linesOf(grouped)
      )
    })
  )
})
