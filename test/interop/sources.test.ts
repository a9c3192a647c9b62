import * as fs from "node:fs"
import { createRequire } from "node:module"
import * as path from "node:path"
import { DuckDBInstance } from "@duckdb/node-api"
import { assert, describe, it } from "@effect/vitest"
import * as Arrow from "apache-arrow"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { parquetWriteFile } from "hyparquet-writer"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { arrow } from "../../src/sources/arrow.ts"
import { csv } from "../../src/sources/csv.ts"
import { inspectFile } from "../../src/sources/inspectFile.ts"
import { json } from "../../src/sources/json.ts"
import { jsonl } from "../../src/sources/jsonl.ts"
import { parquet } from "../../src/sources/parquet.ts"
import { readAll, temporaryFolder } from "../contracts/source.ts"

const openDuck = Effect.map(
  Effect.promise(() => DuckDBInstance.create().then((instance) => instance.connect())),
  (connection) => (sql: string) => Effect.promise(() => connection.run(sql))
)

/** A column type with all that is needed to write values of it. */
type Type =
  | { readonly kind: "string" | "int" | "float" | "boolean" }
  | { readonly kind: "list"; readonly element: Type }
  | { readonly kind: "struct"; readonly fields: ReadonlyArray<readonly [string, Type]> }

const randomType = (random: () => number, depth: number): Type => {
  const choice = random()
  if (depth === 0 || choice < 0.3) {
    return { kind: (["string", "int", "float", "boolean"] as const)[Math.floor(random() * 4)]! }
  }
  if (choice < 0.65) return { kind: "list", element: randomType(random, depth - 1) }
  const nFields = 1 + Math.floor(random() * 3)
  return {
    kind: "struct",
    fields: Array.from({ length: nFields }, (_, i) => [`f${i}`, randomType(random, depth - 1)] as const)
  }
}

const texts = ["", "a", "é😀", "\ufeffmark", "it's", "x".repeat(300)]
const floats = [0, 0.1, 1e300, -5e-324, Number.NaN, Number.POSITIVE_INFINITY, 3]

const randomValue = (random: () => number, type: Type): unknown => {
  if (random() < 0.25) return null
  switch (type.kind) {
    case "string":
      return texts[Math.floor(random() * texts.length)]
    case "int":
      return Math.floor((random() - 0.5) * 2 ** 53)
    case "float":
      return floats[Math.floor(random() * floats.length)]
    case "boolean":
      return random() < 0.5
    case "list":
      return Array.from({ length: Math.floor(random() * 4) }, () => randomValue(random, type.element))
    case "struct":
      return Object.fromEntries(type.fields.map(([name, field]) => [name, randomValue(random, field)]))
  }
}

const schemaOf = (type: Type): Schema.Top => {
  switch (type.kind) {
    case "string":
      return Schema.NullOr(Schema.String)
    case "int":
      return Schema.NullOr(Schema.Int)
    case "float":
      return Schema.NullOr(Schema.Number)
    case "boolean":
      return Schema.NullOr(Schema.Boolean)
    case "list":
      return Schema.NullOr(Schema.Array(schemaOf(type.element)))
    case "struct":
      return Schema.NullOr(
        Schema.Struct(Object.fromEntries(type.fields.map(([name, field]) => [name, schemaOf(field)])))
      )
  }
}

const scalarSql = { string: "VARCHAR", int: "BIGINT", float: "DOUBLE", boolean: "BOOLEAN" }

const sqlType = (type: Type): string => {
  if (type.kind === "list") return `${sqlType(type.element)}[]`
  if (type.kind === "struct")
    return `STRUCT(${type.fields.map(([name, field]) => `${name} ${sqlType(field)}`).join(", ")})`
  return scalarSql[type.kind]
}

const sqlValue = (type: Type, value: unknown): string => {
  const cast = (text: string) => `${text}::${sqlType(type)}`
  if (value === null) return cast("NULL")
  switch (type.kind) {
    case "string":
      return `'${(value as string).replaceAll("'", "''")}'`
    case "float":
      return cast(Number.isFinite(value) ? `'${value as number}'` : Number.isNaN(value) ? "'nan'" : "'inf'")
    case "list":
      return cast(`[${(value as ReadonlyArray<unknown>).map((element) => sqlValue(type.element, element)).join(", ")}]`)
    case "struct":
      return `{${type.fields.map(([name, field]) => `'${name}': ${sqlValue(field, (value as Record<string, unknown>)[name])}`).join(", ")}}`
    default:
      return cast(`${value as number | boolean}`)
  }
}

type WriterSchema = NonNullable<Parameters<typeof parquetWriteFile>[0]["schema"]>

const parquetSchema = (name: string, type: Type): WriterSchema => {
  const optional = { name, repetition_type: "OPTIONAL" } as const
  switch (type.kind) {
    case "string":
      return [{ ...optional, type: "BYTE_ARRAY", converted_type: "UTF8" }]
    case "int":
      return [{ ...optional, type: "INT64" }]
    case "float":
      return [{ ...optional, type: "DOUBLE" }]
    case "boolean":
      return [{ ...optional, type: "BOOLEAN" }]
    case "list":
      return [
        { ...optional, num_children: 1, converted_type: "LIST" },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        ...parquetSchema("element", type.element)
      ]
    case "struct":
      return [
        { ...optional, num_children: type.fields.length },
        ...type.fields.flatMap(([field, inner]) => parquetSchema(field, inner))
      ]
  }
}

/** Integers as the writer wants them. */
const withBigints = (type: Type, value: unknown): unknown => {
  if (value === null) return null
  if (type.kind === "int") return BigInt(value as number)
  if (type.kind === "list")
    return (value as ReadonlyArray<unknown>).map((element) => withBigints(type.element, element))
  if (type.kind === "struct") {
    return Object.fromEntries(
      type.fields.map(([name, field]) => [name, withBigints(field, (value as Record<string, unknown>)[name])])
    )
  }
  return value
}

describe("Parquet files of others", () => {
  it.effect("parquet reads nested columns of DuckDB and hyparquet-writer, null apart from empty", () =>
    Effect.gen(function* () {
      const duck = yield* openDuck
      const folder = yield* temporaryFolder
      for (let round = 0; round < 40; round++) {
        const random = keyedRandom("interop", round)
        const type = randomType(random, 4)
        const values = Array.from({ length: 1 + Math.floor(random() * 30) }, () => randomValue(random, type))
        const fields = { x: schemaOf(type) }
        const want = values.map((x) => ({ x }))

        const byDuck = path.join(folder, `duck-${round}.parquet`)
        const rows = values.map((value, i) => `(${i}, ${sqlValue(type, value)})`).join(", ")
        const codec = ["zstd", "snappy", "gzip", "uncompressed"][round % 4]
        yield* duck(
          `COPY (SELECT x FROM (VALUES ${rows}) v(i, x) ORDER BY i) TO '${byDuck}' (FORMAT parquet, COMPRESSION ${codec})`
        )
        assert.deepStrictEqual((yield* readAll(parquet(byDuck, fields))).rows, want, sqlType(type))

        const byWriter = path.join(folder, `writer-${round}.parquet`)
        parquetWriteFile({
          filename: byWriter,
          columnData: [{ name: "x", data: values.map((value) => withBigints(type, value)) }],
          schema: [{ name: "root", num_children: 1 }, ...parquetSchema("x", type)],
          rowGroupSize: 7
        })
        assert.deepStrictEqual((yield* readAll(parquet(byWriter, fields))).rows, want, sqlType(type))
      }
    })
  )

  it.effect("parquet reads many row groups and pages of DuckDB", () =>
    Effect.gen(function* () {
      const duck = yield* openDuck
      const file = path.join(yield* temporaryFolder, "a.parquet")
      const message =
        "{'role': CASE WHEN i % 2 = 0 THEN 'user' ELSE 'assistant' END, 'content': repeat('text ' || i || ' ', 40)}"
      yield* duck(
        `COPY (
        SELECT i, 'id-' || i AS id, i::INTEGER AS small, i::UTINYINT % 200 AS tiny, (i / 7)::FLOAT AS single, ('k' || i % 5) AS kind,
          CASE WHEN i % 11 = 0 THEN NULL WHEN i % 7 = 0 THEN [] ELSE [${message}, ${message}] END AS prompt
        FROM range(12000) t(i)
      ) TO '${file}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 4096)`.replace(
          "i::UTINYINT % 200",
          "(i % 200)::UTINYINT"
        )
      )
      const fields = {
        i: Schema.Int,
        id: Schema.String,
        small: Schema.Int,
        tiny: Schema.Finite,
        single: Schema.Finite,
        kind: Schema.Literals(["k0", "k1", "k2", "k3", "k4"]),
        prompt: Schema.NullOr(Schema.Array(Schema.Struct({ role: Schema.String, content: Schema.String })))
      }
      const reading = yield* readAll(parquet(file, fields))
      assert.strictEqual(reading.rows.length, 12000)
      for (const [i, row] of reading.rows.entries()) {
        const content = { role: i % 2 === 0 ? "user" : "assistant", content: `text ${i} `.repeat(40) }
        assert.deepStrictEqual(row, {
          i,
          id: `id-${i}`,
          small: i,
          tiny: i % 200,
          single: Math.fround(i / 7),
          kind: `k${i % 5}` as "k0",
          prompt: i % 11 === 0 ? null : i % 7 === 0 ? [] : [content, content]
        })
      }
      const inspection = yield* inspectFile(file)
      assert.strictEqual(inspection.nRows, 12000)
      assert.strictEqual(inspection.rowGroups, 3)
    })
  )

  it.effect("parquet reads types of DuckDB as the columns that hold them, and refuses others by name", () =>
    Effect.gen(function* () {
      const duck = yield* openDuck
      const file = path.join(yield* temporaryFolder, "a.parquet")
      yield* duck(`COPY (SELECT 1.5::DECIMAL(6,2) AS d, DATE '2026-01-02' AS day, TIMESTAMP '2026-01-02 03:04:05' AS at, 'x'::BLOB AS b,
        MAP {'k': 1} AS m, uuid() AS u, 17::HUGEINT AS h, {'a': [1]} AS s) TO '${file}' (FORMAT parquet)`)
      const inspection = yield* inspectFile(file)
      assert.deepStrictEqual(
        inspection.columns.map(({ name, type, columnType }) => [name, type, columnType?.kind ?? null]),
        [
          ["d", "decimal(6, 2)", "float"],
          ["day", "date", "string"],
          ["at", "timestamp[micros]", "string"],
          ["b", "binary", null],
          ["m", "map<string, int32>", null],
          ["u", "uuid", null],
          ["h", "double", "float"],
          ["s", "struct<a: list<int32>>", "struct"]
        ]
      )
      assert.deepStrictEqual(inspection.sample[0], {
        ...inspection.sample[0],
        d: 1.5,
        day: "2026-01-02",
        at: "2026-01-02T03:04:05.000000",
        m: { k: 1 },
        h: 17,
        s: { a: [1] }
      })
      const fields = { d: Schema.Finite, day: Schema.String, at: Schema.String, h: Schema.Finite }
      const { at, d, day, h } = inspection.sample[0]!
      const { rows } = yield* readAll(parquet(file, fields))
      assert.deepStrictEqual<ReadonlyArray<unknown>>(rows, [{ at, d, day, h }])
      for (const { name, type } of inspection.columns.slice(3, 6)) {
        const error = yield* Effect.flip(readAll(parquet(file, { [name]: Schema.NullOr(Schema.String) })))
        assert.strictEqual(
          error.message,
          `Cannot read "${file}": found the type ${type} at column "${name}", expected string or null`
        )
      }
    })
  )

  it.effect("parquet reads files of parquetjs-lite, whose lists have no annotation", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "a.parquet")
      const legacy = createRequire(import.meta.url)("parquetjs-lite")
      const schema = new legacy.ParquetSchema({
        id: { type: "UTF8", compression: "GZIP" },
        n: { type: "INT64", optional: true },
        x: { type: "DOUBLE", optional: true, compression: "SNAPPY" },
        ok: { type: "BOOLEAN" },
        tags: { type: "UTF8", repeated: true, compression: "SNAPPY" },
        meta: { optional: true, fields: { source: { type: "UTF8" }, v: { type: "INT32", optional: true } } },
        prompt: {
          repeated: true,
          fields: {
            role: { type: "UTF8" },
            content: { type: "UTF8", optional: true, compression: "SNAPPY" },
            scores: { type: "INT32", repeated: true },
            parts: { repeated: true, fields: { a: { type: "INT32" } } }
          }
        }
      })
      const random = keyedRandom("parquetjs-lite")
      const some = <A>(make: () => A): ReadonlyArray<A> => Array.from({ length: Math.floor(random() * 3) }, make)
      const rows = Array.from({ length: 3000 }, (_, i) => ({
        id: `id ${i} 😀`,
        n: i % 3 === 0 ? null : i * 1e9,
        x: i % 4 === 0 ? null : i / 3,
        ok: i % 2 === 0,
        tags: some(() => `tag ${Math.floor(random() * 9)}`),
        meta: i % 5 === 0 ? null : { source: "s", v: i % 2 === 0 ? null : i },
        prompt: some(() => ({
          role: "user",
          content: random() < 0.3 ? null : `text ${random()}`,
          scores: some(() => Math.floor(random() * 10)),
          parts: some(() => ({ a: Math.floor(random() * 10) }))
        }))
      }))
      yield* Effect.promise(async () => {
        const writer = await legacy.ParquetWriter.openFile(schema, file)
        writer.setRowGroupSize(1000)
        for (const row of rows) await writer.appendRow(structuredClone(row))
        await writer.close()
      })
      const nullable = <S extends Schema.Top>(inner: S) => Schema.NullOr(inner)
      const fields = {
        id: Schema.String,
        n: nullable(Schema.Int),
        x: nullable(Schema.Finite),
        ok: Schema.Boolean,
        tags: Schema.Array(Schema.String),
        meta: nullable(Schema.Struct({ source: Schema.String, v: nullable(Schema.Int) })),
        prompt: Schema.Array(
          Schema.Struct({
            role: Schema.String,
            content: nullable(Schema.String),
            scores: Schema.Array(Schema.Int),
            parts: Schema.Array(Schema.Struct({ a: Schema.Int }))
          })
        )
      }
      assert.deepStrictEqual((yield* readAll(parquet(file, fields))).rows, rows)
    })
  )
})

describe("Arrow and text files of others", () => {
  it.effect("arrow reads what the table builders of apache-arrow make", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "a.arrow")
      const rows = Array.from({ length: 100 }, (_, i) => ({ id: `id ${i}`, score: i / 3, ok: i % 3 === 0 }))
      for (const format of ["file", "stream"] as const) {
        fs.writeFileSync(file, Arrow.tableToIPC(Arrow.tableFromJSON(rows as never), format))
        const fields = { id: Schema.String, score: Schema.Finite, ok: Schema.Boolean }
        assert.deepStrictEqual((yield* readAll(arrow(file, fields))).rows, rows)
      }
    })
  )

  it.effect("csv and jsonl read what DuckDB writes", () =>
    Effect.gen(function* () {
      const duck = yield* openDuck
      const folder = yield* temporaryFolder
      const select = `SELECT i, CASE WHEN i % 4 = 0 THEN NULL ELSE 'a "quoted", ' || chr(10) || 'text 😀 ' || i END AS text, i / 8 AS x, i % 2 = 0 AS ok
        FROM range(5000) t(i)`
      yield* duck(`COPY (${select}) TO '${folder}/a.csv' (FORMAT csv, HEADER)`)
      yield* duck(`COPY (${select}) TO '${folder}/a.jsonl.zst' (FORMAT json, COMPRESSION zstd)`)
      yield* duck(`COPY (${select}) TO '${folder}/a.json' (FORMAT json, ARRAY true)`)
      const fields = { i: Schema.Int, text: Schema.NullOr(Schema.String), x: Schema.Finite, ok: Schema.Boolean }
      const want = Array.from({ length: 5000 }, (_, i) => ({
        i,
        text: i % 4 === 0 ? null : `a "quoted", \ntext 😀 ${i}`,
        x: i / 8,
        ok: i % 2 === 0
      }))
      assert.deepStrictEqual((yield* readAll(csv(`${folder}/a.csv`, fields))).rows, want)
      assert.deepStrictEqual((yield* readAll(jsonl(`${folder}/a.jsonl.zst`, fields))).rows, want)
      assert.deepStrictEqual((yield* readAll(json(`${folder}/a.json`, fields))).rows, want)
    })
  )
})

describe("real data", () => {
  const root = path.resolve(import.meta.dirname, "../../../shared/data/real")
  const real = (name: string, file: string, test: (file: string) => Effect.Effect<void, Error>) => {
    const isThere = fs.existsSync(path.join(root, file))
    if (!isThere) process.stdout.write(`skipped "${name}": ${file} is not beside the repository\n`)
    it.effect.skipIf(!isThere)(name, () => test(path.join(root, file)))
  }

  real("jsonl reads the harmless test split of hh-rlhf", "hh-rlhf-harmless-test/test.jsonl.gz", (file) =>
    Effect.gen(function* () {
      const reading = yield* readAll(jsonl(file, { chosen: Schema.String, rejected: Schema.String }))
      assert.strictEqual(reading.rows.length, 2312)
      assert.deepStrictEqual(reading.rejects, [])
      const inspection = yield* inspectFile(file)
      assert.deepStrictEqual(
        inspection.columns.map(({ name, type }) => [name, type]),
        [
          ["chosen", "string"],
          ["rejected", "string"]
        ]
      )
    })
  )

  real("json reads the test set of PandaLM", "pandalm-testset/testset-v1.json", (file) =>
    Effect.gen(function* () {
      const fields = { idx: Schema.Int, instruction: Schema.String, annotator1: Schema.Int }
      const reading = yield* readAll(json(file, fields))
      const parsed = JSON.parse(fs.readFileSync(file, "utf8")) as ReadonlyArray<Record<string, unknown>>
      assert.strictEqual(reading.rows.length, 999)
      assert.deepStrictEqual(
        [...reading.rows],
        parsed.map(({ idx, instruction, annotator1 }) => ({ idx, instruction, annotator1 }))
      )
      // Six of the responses are the boolean true and no text.
      const responses = yield* readAll(json(file, { response1: Schema.String, response2: Schema.String }))
      assert.deepStrictEqual(
        responses.rejects.map(({ id, reason }) => [path.basename(id), reason]),
        [158, 159, 160, 162, 163, 165].map((element) => [`testset-v1.json:${element}`, "wrong type"])
      )
    })
  )

  real("csv reads the crowd votes of LLMFAO", "llmfao/crowd-comparisons.csv", (file) =>
    Effect.gen(function* () {
      const inspection = yield* inspectFile(file)
      const fields = Object.fromEntries(inspection.columns.map(({ name }) => [name, Schema.NullOr(Schema.String)]))
      const reading = yield* readAll(csv(file, fields))
      assert.strictEqual(reading.rows.length, 8931)
      assert.deepStrictEqual(reading.rejects, [])
    })
  )
})
