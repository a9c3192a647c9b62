import * as nodeAssert from "node:assert/strict"
import * as path from "node:path"
import { DuckDBInstance } from "@duckdb/node-api"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Columns from "../../src/Columns.ts"
import { Run } from "../../src/Run.ts"
import { jsonl } from "../../src/sinks/jsonl.ts"
import { parquet } from "../../src/sinks/parquet.ts"
import { batchesOf } from "../contracts/sink.ts"
import { hardFields, hardRows } from "../sinks/hardTable.ts"
import { randomTable } from "../sinks/randomTable.ts"
import { plain, type Row } from "../sinks/readBack.ts"

const connection = await (await DuckDBInstance.create()).connect()

const query = (sql: string): Effect.Effect<ReadonlyArray<Row>> =>
  Effect.promise(async () => (await connection.runAndReadAll(sql)).getRowObjectsJS() as ReadonlyArray<Row>)

const plainRows = (fields: Schema.Struct.Fields, rows: ReadonlyArray<Row>): ReadonlyArray<Row> => {
  const columns = Columns.fromFields(fields)
  return rows.map((row) => Object.fromEntries(columns.map(({ name, type }) => [name, plain(type, row[name])])))
}

const written = (fields: Schema.Struct.Fields, rows: ReadonlyArray<Row>) =>
  Effect.gen(function* () {
    const { folder } = yield* Run
    const [file] = yield* parquet("rows.parquet").write(fields, batchesOf(rows))
    return `'${path.join(folder, file!.path)}'`
  })

describe("parquet is read by DuckDB", () => {
  it.effect.each([0, 1, 12_000])("with the values that formats get wrong: %i rows", (nRows) =>
    Effect.gen(function* () {
      const rows = hardRows(nRows, { finite: false })
      const found = yield* query(`SELECT * FROM ${yield* written(hardFields, rows)}`)
      nodeAssert.deepStrictEqual(plainRows(hardFields, found), rows)
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("with random columns", () =>
    Effect.gen(function* () {
      for (let seed = 100; seed < 120; seed++) {
        const { fields, rows } = randomTable(seed, 400, { finite: false })
        const found = yield* query(`SELECT * FROM ${yield* written(fields, rows)}`)
        nodeAssert.deepStrictEqual(plainRows(fields, found), rows, `seed ${seed}`)
      }
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("over several pages and texts of megabytes", () =>
    Effect.gen(function* () {
      const fields = { texts: Schema.NullOr(Schema.Array(Schema.NullOr(Schema.String))) }
      const rows = Array.from({ length: 400 }, (_, i) => ({
        texts:
          i % 7 === 0 ? null : [`${i}`.repeat(2000), null, i === 200 ? "😀".repeat(600_000) : `${i}`.padStart(5000)]
      }))
      nodeAssert.deepStrictEqual(yield* query(`SELECT * FROM ${yield* written(fields, rows)}`), rows)
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("with statistics that let no row get lost", () =>
    Effect.gen(function* () {
      const fields = { x: Schema.NullOr(Schema.Number), text: Schema.String, n: Schema.Int }
      const values = [NaN, 1, null, -0, 3, -Infinity]
      const rows = Array.from({ length: 30_000 }, (_, i) => ({
        x: i < 10_000 ? values[i % 6]! : i < 20_000 ? null : i,
        text: `${i < 10_000 ? "" : "\u{10ffff}".repeat(5)}${String(i).padStart(30, "é")}`,
        n: i - 15_000
      }))
      const file = yield* written(fields, rows)
      const count = (where: string) =>
        Effect.map(query(`SELECT count(*)::INT AS n FROM ${file} WHERE ${where}`), ([row]) => row!["n"])
      const last = rows[29_999]!.text
      assert.strictEqual(yield* count("x > 2"), 1667 + 1666 + 10_000)
      assert.strictEqual(yield* count("isnan(x)"), 1667)
      assert.strictEqual(yield* count("x = 0"), 1667)
      assert.strictEqual(yield* count("x < -5"), 1666)
      assert.strictEqual(yield* count("x IS NULL"), 11_667)
      assert.strictEqual(yield* count(`text = '${last}'`), 1)
      assert.strictEqual(yield* count(`text >= '${last}'`), 1)
      assert.strictEqual(yield* count(`text = '${rows[0]!.text}'`), 1)
      assert.strictEqual(yield* count("n < -14999"), 1)
      assert.strictEqual(yield* count("n = 14999"), 1)
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("with the types of the columns", () =>
    Effect.gen(function* () {
      const { id, int, float, boolean, messages } = hardFields
      const file = yield* written({ id, int, float, boolean, messages }, [])
      const found = yield* query(`DESCRIBE SELECT * FROM ${file}`)
      assert.deepStrictEqual(
        found.map((row) => [row["column_name"], row["column_type"]]),
        [
          ["id", "VARCHAR"],
          ["int", "BIGINT"],
          ["float", "DOUBLE"],
          ["boolean", "BOOLEAN"],
          ["messages", 'STRUCT("role" VARCHAR, "content" VARCHAR)[]']
        ]
      )
    }).pipe(Effect.provide(Run.layerTemporary()))
  )
})

describe("jsonl is read by DuckDB", () => {
  it.effect.each(["jsonl", "jsonl.gz", "jsonl.zst"])("from .%s", (extension) =>
    Effect.gen(function* () {
      const { folder } = yield* Run
      const fields = { id: hardFields.id, int: hardFields.int, float: hardFields.float, messages: hardFields.messages }
      const rows = plainRows(fields, hardRows(3000, { finite: true }))
      const [file] = yield* jsonl(`rows.${extension}`).write(fields, batchesOf(rows))
      const found = yield* query(
        `SELECT * FROM read_json('${path.join(folder, file!.path)}', format = 'newline_delimited', columns = {id: 'VARCHAR', int: 'BIGINT', float: 'DOUBLE', messages: 'STRUCT("role" VARCHAR, "content" VARCHAR)[]'})`
      )
      nodeAssert.deepStrictEqual(plainRows(fields, found), rows)
    }).pipe(Effect.provide(Run.layerTemporary()))
  )
})
