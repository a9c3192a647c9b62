import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { ColumnTypeError } from "../src/Columns.ts"
import * as Pipeline from "../src/Pipeline.ts"
import { Run } from "../src/Run.ts"
import { memory } from "../src/sources/memory.ts"
import { each, enrich, reshape, whole } from "../src/Stage.ts"

const fields = { n: Schema.Int }
type Fields = Schema.Struct.Fields

const source = (nRows: number, size = 10, chunk = 3) => {
  const batches = Array.from({ length: Math.ceil(nRows / size) }, (_, index) => ({
    index,
    rows: Array.from({ length: Math.min(size, nRows - index * size) }, (__, i) => ({ n: index * size + i }))
  }))
  const stream = Stream.fromIterable(batches, { chunkSize: chunk })
  return Pipeline.make([{ key: "numbers", kind: "source", needs: {}, gives: fields, config: {} }], fields, stream)
}

/** A source of no rows with these columns. */
const having = (columns: Fields) =>
  Pipeline.make<any, never, never>(
    [{ key: "file", kind: "source", needs: {}, gives: columns, config: {} }],
    columns,
    Stream.empty
  )

const numbersOf = <E>(pipeline: Pipeline.Pipeline<{ readonly n: number }, E, Run>, limit: number | null) =>
  Stream.runCollect(pipeline.batches).pipe(
    Effect.map((batches) => batches.flatMap((batch) => batch.rows.map(({ n }) => n))),
    Effect.provide(Run.layerTemporary({ limit }))
  )

const needing = (needs: Fields, uses: Fields = {}) =>
  enrich({ name: "check", needs, uses, gives: { ok: Schema.Boolean }, rows: (rows) => rows.map(() => ({ ok: true })) })

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

describe("Pipeline", () => {
  it.effect.prop(
    "a pipeline takes the first rows of its source up to the limit, however they are cut into batches and chunks",
    { nRows: between(0, 60), size: between(1, 20), chunk: between(1, 8), limit: between(0, 70) },
    ({ nRows, size, chunk, limit }) =>
      Effect.gen(function* () {
        const all = yield* numbersOf(source(nRows, size, chunk), null)
        assert.deepStrictEqual(
          all,
          Array.from({ length: nRows }, (_, n) => n)
        )
        assert.deepStrictEqual(yield* numbersOf(source(nRows, size, chunk), limit), all.slice(0, limit))
      })
  )

  it.effect("a pipeline that runs twice counts its limit anew", () =>
    Effect.gen(function* () {
      const pipeline = source(100).pipe(needing(fields))
      const first = yield* numbersOf(pipeline, 25)
      assert.strictEqual(first.length, 25)
      assert.deepStrictEqual(yield* numbersOf(pipeline, 25), first)
    })
  )

  it.effect("a limit counts the rows that were taken, not those that a source read with them", () =>
    Effect.gen(function* () {
      const rows = Array.from({ length: 10 }, (_, n) => ({ n }))
      const taken = (limit: number | null) =>
        Effect.gen(function* () {
          yield* Stream.runDrain(memory(rows, fields).batches)
          return (yield* Run).progress.stage("memory").rowsOut
        }).pipe(Effect.provide(Run.layerTemporary({ limit })))
      assert.deepStrictEqual(yield* Effect.all([taken(3), taken(10), taken(20), taken(null)]), [3, 10, 10, 10])
    })
  )

  it.effect("a limit counts rows of the source, not of the stages behind it", () =>
    Effect.gen(function* () {
      const twice = reshape({ name: "twice", needs: fields, gives: fields, keeps: false, row: (row) => [row, row] })
      assert.deepStrictEqual(yield* numbersOf(source(100).pipe(twice), 2), [0, 0, 1, 1])
    })
  )

  it("a pipeline lists its steps with their options and lets no two share a key", () => {
    const ask = each({
      name: "ask",
      needs: fields,
      gives: { m: Schema.Int },
      config: { model: "a" },
      callsPerRow: 2,
      capabilities: ["logProbs"],
      row: ({ n }) => Effect.succeed({ m: n })
    })
    const odd = enrich({ name: "ask#2", needs: {}, gives: {}, rows: (rows) => rows.map(() => ({})) })
    const steps = source(1).pipe(ask, ask, odd, ask).steps
    assert.deepStrictEqual(
      steps.map(({ key, kind }) => `${key} ${kind}`),
      ["numbers source", "ask each", "ask#2 each", "ask#2#2 enrich", "ask#3 each"]
    )
    assert.deepStrictEqual(
      { ...steps[1] },
      {
        key: "ask",
        kind: "each",
        needs: fields,
        gives: ask.gives,
        config: { model: "a" },
        callsPerRow: 2,
        capabilities: ["logProbs"]
      }
    )
  })

  it("a pipeline has the columns of its stages before any row, in order", () => {
    const add = enrich({
      name: "add",
      needs: {},
      gives: { b: Schema.String, n: Schema.Finite },
      rows: (rows) => rows.map(() => ({ b: "", n: 0 }))
    })
    const end = reshape({ name: "end", needs: {}, gives: { c: Schema.String }, keeps: false, row: () => [] })
    const sort = whole({
      name: "sort",
      needs: {},
      gives: { d: Schema.Int },
      keeps: true,
      begin: () => ({ see: () => {}, settle: Effect.succeed(() => []) })
    })
    const added = source(1).pipe(add)
    assert.deepStrictEqual(Object.entries(added.columns), [
      ["n", add.gives["n"]],
      ["b", add.gives["b"]]
    ])
    assert.deepStrictEqual(Object.keys(added.pipe(end, sort).columns), ["c", "d"])
  })

  it("a pipeline refuses columns that have no column form, at the source and in a stage", () => {
    assert.throws(() => having({ when: Schema.Date }), ColumnTypeError, 'Cannot make a column of "when"')
    const dates = enrich({
      name: "dates",
      needs: {},
      gives: { day: Schema.optionalKey(Schema.String) },
      rows: (rows) => rows.map(() => ({}))
    })
    assert.throws(() => source(1).pipe(dates), ColumnTypeError, 'Cannot make a column of "day": found an optional key')
  })
})

describe("WiringError", () => {
  const struct = (inner: Fields) => Schema.Array(Schema.Struct(inner))
  const { String: Text, Int, Finite, Number, Boolean, NullOr, Literals } = Schema

  const refused: ReadonlyArray<readonly [name: string, has: Fields, needs: Fields, is: string, expected: string]> = [
    ["a missing column", { a: Text }, { b: Int }, 'column "b" is missing', "integer"],
    ["another kind", { a: Text }, { a: Int }, 'column "a" is string', "integer"],
    ["null where none is allowed", { a: NullOr(Text) }, { a: Text }, 'column "a" is string or null', "string"],
    ["a float for an integer", { a: Finite }, { a: Int }, 'column "a" is finite number', "integer"],
    ["NaN where none is allowed", { a: Number }, { a: Finite }, 'column "a" is number', "finite number"],
    ["any string for a literal", { a: Text }, { a: Literals(["x"]) }, 'column "a" is string', 'one of "x"'],
    [
      "one literal too many",
      { a: Literals(["x", "y"]) },
      { a: Literals(["x"]) },
      'column "a" is one of "x", "y"',
      'one of "x"'
    ],
    ["a value for a list", { a: Text }, { a: Schema.Array(Text) }, 'column "a" is string', "list of string"],
    [
      "a list with nulls",
      { a: Schema.Array(NullOr(Int)) },
      { a: Schema.Array(Int) },
      'column "a" is list of integer or null',
      "list of integer"
    ],
    [
      "a struct without a field",
      { a: struct({ x: Int }) },
      { a: struct({ x: Int, y: Boolean }) },
      'column "a" is list of {x: integer}',
      "list of {x: integer, y: boolean}"
    ]
  ]

  it.each(refused)("wiring refuses %s and says what is there and what is wanted", (_name, has, needs, is, expected) => {
    const message = `Cannot put stage "check" after file: ${is}, expected ${expected}; the columns here are a`
    assert.throws(() => having(has).pipe(needing(needs)), Pipeline.WiringError, message)
  })

  it("wiring names all steps in front of the stage", () => {
    const pipeline = having({ a: Text, c: Text }).pipe(needing({}), needing({}))
    assert.throws(
      () => pipeline.pipe(needing({ b: Text })),
      'Cannot put stage "check" after file → check → check#2: column "b" is missing, expected string; the columns here are a, c, ok'
    )
  })

  it("wiring checks a column that a stage uses only where there is one", () => {
    assert.doesNotThrow(() => having({ a: Text }).pipe(needing({}, { b: Int })))
    assert.throws(() => having({ b: Text }).pipe(needing({}, { b: Int })), 'column "b" is string, expected integer')
  })

  const accepted: ReadonlyArray<readonly [name: string, has: Fields, needs: Fields]> = [
    ["extra columns", { a: Text, b: Int }, { a: Text }],
    ["no null where null is allowed", { a: Text }, { a: NullOr(Text) }],
    ["an integer for a float", { a: Int }, { a: Finite }],
    ["a finite number for any number", { a: Finite }, { a: Number }],
    ["a literal for a string", { a: Literals(["x", "y"]) }, { a: Text }],
    ["fewer literals, in another order", { a: Literals(["y", "x"]) }, { a: Literals(["x", "y", "z"]) }],
    ["extra struct fields", { a: struct({ x: Int, y: NullOr(Text), z: Int }) }, { a: struct({ z: Finite, x: Int }) }]
  ]

  it.each(accepted)("wiring accepts %s", (_name, has, needs) => {
    assert.doesNotThrow(() => having(has).pipe(needing(needs)))
  })
})
