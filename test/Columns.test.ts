import { assert, describe, it } from "@effect/vitest"
import * as Arrow from "apache-arrow"
import * as Schema from "effect/Schema"
import * as Columns from "../src/Columns.ts"
import { keyedRandom } from "../src/math/keyedRandom.ts"

type ColumnType = Columns.ColumnType
type Draw = () => number

const pick = <A>(draw: Draw, values: ReadonlyArray<A>): A => values[Math.floor(draw() * values.length)]!

/** A drawn column type, nested at most three deep. */
const drawType = (draw: Draw, depth = 0): ColumnType => {
  const nullable = draw() < 0.3
  const kinds = ["string", "literal", "boolean", "int", "float", ...(depth < 3 ? ["list", "struct"] : [])]
  switch (pick(draw, kinds)) {
    case "string":
      return { kind: "string", nullable }
    case "literal":
      return { kind: "string", nullable, values: pick(draw, [["one"], ["a", "b"], ["", "ü", "日本"]]) }
    case "boolean":
      return { kind: "boolean", nullable }
    case "int":
      return { kind: "int", nullable }
    case "float":
      return { kind: "float", nullable, finite: draw() < 0.5 }
    case "list":
      return { kind: "list", nullable, element: drawType(draw, depth + 1) }
    default: {
      const names = ["x", "y", "with space", "日"].slice(0, 1 + Math.floor(draw() * 4))
      return { kind: "struct", nullable, fields: names.map((name) => ({ name, type: drawType(draw, depth + 1) })) }
    }
  }
}

const drawColumns = (draw: Draw): ReadonlyArray<Columns.Column> =>
  ["a", "b", "c"].map((name) => ({ name, type: drawType(draw) }))

/** A drawn value of a type. */
const drawValue = (draw: Draw, type: ColumnType): unknown => {
  if (type.nullable && draw() < 0.3) return null
  switch (type.kind) {
    case "string":
      return pick(draw, type.values ?? ["", "text", "\u0000", "e\u0301 😀", "line\nbreak"])
    case "boolean":
      return draw() < 0.5
    case "int":
      return pick(draw, [0, -1, 7, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])
    case "float":
      return pick(draw, [
        0,
        -0,
        1.5,
        -1e300,
        Number.MIN_VALUE,
        ...(type.finite ? [] : [Number.NaN, Infinity, -Infinity])
      ])
    case "list":
      return Array.from({ length: Math.floor(draw() * 4) }, () => drawValue(draw, type.element))
    case "struct":
      return Object.fromEntries(type.fields.map((field) => [field.name, drawValue(draw, field.type)]))
  }
}

/** Puts something wrong in place of the value or of one value inside, and says where. */
const spoil = (
  draw: Draw,
  type: ColumnType,
  value: unknown,
  path: string
): { readonly value: unknown; readonly path: string } => {
  if (type.kind === "list" && Array.isArray(value) && value.length > 0 && draw() < 0.7) {
    const i = Math.floor(draw() * value.length)
    const inner = spoil(draw, type.element, value[i], `${path}[${i}]`)
    return { value: value.with(i, inner.value), path: inner.path }
  }
  if (type.kind === "struct" && typeof value === "object" && value !== null && draw() < 0.7) {
    const { name, type: fieldType } = pick(draw, type.fields)
    const inner = spoil(draw, fieldType, (value as Record<string, unknown>)[name], `${path}.${name}`)
    return { value: { ...value, [name]: inner.value }, path: inner.path }
  }
  const wrong: Record<ColumnType["kind"], ReadonlyArray<unknown>> = {
    string: [1, true, "\ud800", ["text"], {}],
    boolean: ["true", 0, [], {}],
    int: ["1", 0.5, 2 ** 53, Number.NaN, true, 1n],
    float: ["1.5", false, [], 1n],
    list: ["text", 3, { length: 0 }],
    struct: ["text", 3, [], () => 1]
  }
  return { value: pick(draw, [...wrong[type.kind], ...(type.nullable ? [] : [null, undefined])]), path }
}

/** Whether a JSON value is valid: the few words of JSON Schema that columns make. An unknown word is an error. */
const isValid = (schema: any, value: unknown): boolean =>
  Object.entries<any>(schema).every(([word, wanted]) => {
    switch (word) {
      case "$schema":
      case "required":
        return word === "$schema" || wanted.every((name: string) => Object.hasOwn(value as object, name))
      case "type":
        if (wanted === "integer") return Number.isInteger(value)
        if (wanted === "array") return Array.isArray(value)
        if (wanted === "null") return value === null
        if (wanted === "object") return typeof value === "object" && value !== null && !Array.isArray(value)
        return typeof value === wanted
      case "enum":
        return wanted.includes(value)
      case "minimum":
        return (value as number) >= wanted
      case "maximum":
        return (value as number) <= wanted
      case "anyOf":
        return wanted.some((one: unknown) => isValid(one, value))
      case "items":
        return (value as ReadonlyArray<unknown>).every((item) => isValid(wanted, item))
      case "properties":
        return Object.entries(wanted).every(([name, one]) => isValid(one, (value as Record<string, unknown>)[name]))
      case "additionalProperties":
        return wanted === true
      default:
        throw new Error(`Unknown word ${word}`)
    }
  })

/** What a row looks like in JSON, with the numbers that JSON lacks as text. */
const inJson = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === "number" && !Number.isFinite(inner) ? String(inner) : inner
    )
  )

const column = (schema: Schema.Top): Columns.Column => Columns.fromFields({ c: schema })[0]!

describe("fromFields", () => {
  it("fromFields finds the columns that toFields made fields of", () => {
    for (let seed = 0; seed < 300; seed++) {
      const columns = drawColumns(keyedRandom("columns", seed))
      assert.deepStrictEqual(Columns.fromFields(Columns.toFields(columns)), columns)
    }
  })

  it("fromFields names every kind of field", () => {
    const { String: Text, Int, NullOr } = Schema
    assert.deepStrictEqual(
      Columns.fromFields({
        text: Text,
        brand: Text.pipe(Schema.brand("Id")),
        one: Schema.Literal("one"),
        some: NullOr(Schema.Literals(["a", "b"])),
        flag: Schema.Boolean,
        int: Int,
        float: Schema.Number,
        finite: NullOr(Schema.Finite),
        list: Schema.Array(NullOr(Int)),
        struct: NullOr(Schema.Struct({ x: Schema.Array(Text) }))
      }),
      [
        { name: "text", type: { kind: "string", nullable: false } },
        { name: "brand", type: { kind: "string", nullable: false } },
        { name: "one", type: { kind: "string", nullable: false, values: ["one"] } },
        { name: "some", type: { kind: "string", nullable: true, values: ["a", "b"] } },
        { name: "flag", type: { kind: "boolean", nullable: false } },
        { name: "int", type: { kind: "int", nullable: false } },
        { name: "float", type: { kind: "float", nullable: false, finite: false } },
        { name: "finite", type: { kind: "float", nullable: true, finite: true } },
        { name: "list", type: { kind: "list", nullable: false, element: { kind: "int", nullable: true } } },
        {
          name: "struct",
          type: {
            kind: "struct",
            nullable: true,
            fields: [
              { name: "x", type: { kind: "list", nullable: false, element: { kind: "string", nullable: false } } }
            ]
          }
        }
      ]
    )
  })

  it("fromFields takes an integer with a range for an integer", () => {
    const small = column(Schema.Number.check(Schema.isInt32()))
    assert.strictEqual(small.type.kind, "int")
    assert.isUndefined(Columns.mismatch(small, -(2 ** 31)))
    assert.strictEqual(Columns.mismatch(small, 2 ** 31)?.wanted, "a value that passes the checks of the schema")
  })

  const refused: ReadonlyArray<readonly [string, Schema.Top, found: string, path: string]> = [
    [
      "an optional key",
      Schema.optionalKey(Schema.String),
      "an optional key (use Schema.NullOr: a column exists in every row)",
      "c"
    ],
    ["an optional key inside", Schema.Struct({ x: Schema.optional(Schema.Int) }), "an optional key", "c.x"],
    ["a tuple", Schema.Tuple([Schema.String, Schema.Int]), "a tuple", "c"],
    ["a list that is never empty", Schema.NonEmptyArray(Schema.Int), "a tuple", "c"],
    ["a record", Schema.Array(Schema.Record(Schema.String, Schema.Int)), "a record", "c[]"],
    ["a union", Schema.Union([Schema.String, Schema.Int]), "a union of different types", "c"],
    ["undefined", Schema.UndefinedOr(Schema.String), "a union of different types", "c"],
    ["mixed literals", Schema.Literals(["a", 1]), "a union of different types", "c"],
    ["a number literal", Schema.Literal(1), "the literal 1", "c"],
    ["a transformation", Schema.NumberFromString, "a transformation", "c"],
    [
      "a transformation inside",
      Schema.Struct({ x: Schema.Array(Schema.NullOr(Schema.Trim)) }),
      "a transformation",
      "c.x[]"
    ],
    ["a date", Schema.Date, "a schema of kind Declaration", "c"],
    ["a big integer", Schema.BigInt, "a schema of kind BigInt", "c"],
    ["null alone", Schema.Null, "a schema of kind Null", "c"],
    ["anything", Schema.Unknown, "a schema of kind Unknown", "c"]
  ]

  it.each(refused)("fromFields refuses %s and says where", (_name, schema, found, path) => {
    assert.throws(
      () => Columns.fromFields({ c: schema }),
      Columns.ColumnTypeError,
      `Cannot make a column of "${path}": found ${found}`
    )
  })
})

describe("mismatch", () => {
  it("mismatch accepts what the schema accepts, and the JSON Schema accepts it too", () => {
    for (let seed = 0; seed < 300; seed++) {
      const draw = keyedRandom("values", seed)
      const columns = drawColumns(draw)
      const row = Object.fromEntries(columns.map(({ name, type }) => [name, drawValue(draw, type)]))
      for (const one of columns) assert.isUndefined(Columns.mismatch(one, row[one.name]))
      const fields = Columns.toFields(columns)
      const where = JSON.stringify([columns, row])
      assert.isTrue(Schema.is(Schema.Struct(fields) as unknown as Schema.Schema<unknown>)(row), where)
      assert.isTrue(isValid(Columns.toJsonSchema(fields), inJson(row)), where)
    }
  })

  it("mismatch finds a wrong value wherever it is", () => {
    for (let seed = 0; seed < 600; seed++) {
      const draw = keyedRandom("spoiled", seed)
      const type = drawType(draw)
      const { value, path } = spoil(draw, type, drawValue(draw, type), "c")
      assert.strictEqual(Columns.mismatch({ name: "c", type }, value)?.column, path, `seed ${seed}`)
    }
  })

  it("mismatch lets absent keys and undefined count as null, also beside checks", () => {
    const checked = column(
      Schema.NullOr(Schema.Struct({ x: Schema.NullOr(Schema.String), y: Schema.Int.check(Schema.isGreaterThan(0)) }))
    )
    assert.isUndefined(Columns.mismatch(checked, undefined))
    assert.isUndefined(Columns.mismatch(checked, { y: 1 }))
    assert.strictEqual(Columns.mismatch(checked, { y: 0 })?.wanted, "a value that passes the checks of the schema")
    assert.isUndefined(
      Columns.mismatch(column(Schema.Array(Schema.NullOr(Schema.NonEmptyString))), [undefined, null, "a"])
    )
    assert.strictEqual(Columns.mismatch(column(Schema.NullOr(Schema.NonEmptyString)), "")?.found, 'the string ""')
    // Every object inherits something under these names.
    for (const name of ["constructor", "__proto__", "toString"]) {
      const of = (value: Schema.Top) => column(Schema.Struct(Object.fromEntries([[name, value]])))
      const own = Object.fromEntries([[name, "a"]])
      const nullable = of(Schema.NullOr(Schema.String))
      assert.isUndefined(Columns.mismatch(nullable, {}))
      assert.isUndefined(Columns.mismatch(nullable, own))
      assert.isUndefined(Columns.mismatch(of(Schema.NullOr(Schema.NonEmptyString)), {}))
      assert.isUndefined(Columns.mismatch(of(Schema.NonEmptyString), own))
      assert.strictEqual(Columns.mismatch(of(Schema.String), {})?.found, "nothing")
      assert.strictEqual(Columns.mismatch(of(Schema.Struct({})), {})?.found, "nothing")
      assert.strictEqual(Columns.mismatch(of(Schema.Int), own)?.found, 'the string "a"')
    }
    assert.deepStrictEqual(Columns.mismatch(column(Schema.Int), undefined), {
      column: "c",
      found: "nothing",
      wanted: "integer"
    })
  })

  const messages: ReadonlyArray<readonly [Schema.Top, unknown, place: string, found: string, wanted: string]> = [
    [Schema.Int, "1", "c", 'the string "1"', "integer"],
    [Schema.Int, 1.5, "c", "the number 1.5", "integer"],
    [Schema.Int, 2 ** 53, "c", "the number 9007199254740992", "integer"],
    [Schema.Int, 1n, "c", "the bigint 1", "integer"],
    [Schema.Finite, Number.NaN, "c", "the number NaN", "finite number"],
    [Schema.Finite, -Infinity, "c", "the number -Infinity", "finite number"],
    [Schema.NullOr(Schema.Number), "x".repeat(60), "c", `the string "${"x".repeat(40)}…"`, "number or null"],
    [Schema.String, "a\ud800b", "c", "a lone surrogate", "well-formed Unicode text"],
    [Schema.String, null, "c", "null", "string"],
    [Schema.Literals(["a", "b"]), "c", "c", 'the string "c"', 'one of "a", "b"'],
    [Schema.Boolean, 1, "c", "the number 1", "boolean"],
    [Schema.Array(Schema.String), { 0: "a" }, "c", "an object", "list of string"],
    [
      Schema.Array(Schema.Struct({ x: Schema.String })),
      [{ x: "" }, { x: "\udc00" }],
      "c[1].x",
      "a lone surrogate",
      "well-formed Unicode text"
    ],
    [Schema.Struct({ x: Schema.Int, y: Schema.Boolean }), [1, 2], "c", "a list of 2", "{x: integer, y: boolean}"],
    [Schema.Struct({ x: Schema.Array(Schema.Int) }), { x: [1, null] }, "c.x[1]", "null", "integer"]
  ]

  it.each(messages)("mismatch of %o and %o says place, found and wanted", (schema, value, place, found, wanted) => {
    assert.deepStrictEqual(Columns.mismatch(column(schema), value), { column: place, found, wanted })
  })
})

describe("ownValue", () => {
  it("ownValue reads what an object has of itself", () => {
    const object = JSON.parse('{"__proto__": 1, "constructor": 2, "text": 3}') as object
    for (const [name, value] of [
      ["__proto__", 1],
      ["constructor", 2],
      ["text", 3],
      ["toString", undefined]
    ] as const) {
      assert.strictEqual(Columns.ownValue(object, name), value)
      assert.isUndefined(Columns.ownValue({}, name))
    }
  })
})

describe("toArrow", () => {
  it("toArrow keeps names, types and nullability", () => {
    const schema = Columns.toArrow(
      Columns.fromFields({
        a: Schema.String,
        b: Schema.NullOr(Schema.Int),
        c: Schema.Finite,
        d: Schema.Boolean,
        e: Schema.Array(Schema.NullOr(Schema.Struct({ x: Schema.NullOr(Schema.Literals(["u", "v"])) })))
      }),
      Arrow
    )
    assert.deepStrictEqual(schema.fields.map(String), [
      "a: Utf8",
      "b: Int64",
      "c: Float64",
      "d: Bool",
      "e: List<Struct<{x:Utf8}>>"
    ])
    assert.deepStrictEqual(
      schema.fields.map((field) => field.nullable),
      [false, true, false, false, false]
    )
    const element = schema.fields[4]!.type.children[0]!
    assert.deepStrictEqual([element.nullable, element.type.children[0].nullable], [true, true])
  })
})

describe("toJsonSchema", () => {
  it("toJsonSchema refuses what a column refuses", () => {
    const schema = Columns.toJsonSchema({ a: Schema.Int, b: Schema.NullOr(Schema.Literals(["x"])) })
    assert.strictEqual(schema.$schema, "https://json-schema.org/draft/2020-12/schema")
    assert.isTrue(isValid(schema, { a: 1, b: null }))
    for (const row of [
      { a: 1.5, b: null },
      { a: 2 ** 53, b: null },
      { a: 1, b: "y" },
      { a: 1 },
      { a: "1", b: null },
      null
    ]) {
      assert.isFalse(isValid(schema, row), JSON.stringify(row))
    }
  })
})
