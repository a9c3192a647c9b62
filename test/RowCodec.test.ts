import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { RowCodec } from "../src/RowCodec.ts"

/** Appends values, then reads them all back from a copy of the bytes. */
const roundTrip = (values: ReadonlyArray<unknown>): ReadonlyArray<unknown> => {
  const codec = new RowCodec()
  const starts = values.map((value) => {
    const start = codec.length
    codec.append(value)
    return start
  })
  const bytes = Buffer.from(codec.bytes)
  codec.clear()
  assert.strictEqual(codec.length, 0)
  return starts.map((start) => codec.decode(bytes, start))
}

const Row = Schema.Struct({
  id: Schema.String,
  int: Schema.Int,
  float: Schema.Number,
  missing: Schema.NullOr(Schema.Boolean),
  list: Schema.Array(Schema.Struct({ text: Schema.String, inner: Schema.Array(Schema.NullOr(Schema.Number)) }))
})

describe("RowCodec", () => {
  it.prop("a row comes back as it was", [Schema.Array(Row)], ([rows]) => {
    assert.deepStrictEqual(roundTrip(rows), rows)
  })

  it.prop("any JSON value comes back as it was", [Schema.Json], ([value]) => {
    assert.deepStrictEqual(roundTrip([value])[0], value)
  })

  const values: ReadonlyArray<readonly [string, unknown]> = [
    ["numbers", [0, -0, 1, -1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, -(2 ** 31), 2 ** 53, 1e-300, Number.MIN_VALUE]],
    ["numbers that JSON lacks", [Number.NaN, Infinity, -Infinity]],
    ["nothing", [null, undefined, false, [], {}, ""]],
    ["texts", ["a", "é", "日本語", "😀", "\u0000", "x".repeat(1e6), "日".repeat(1e5), "ÿ"]],
    [
      "short and less short texts",
      ["x".repeat(32), "x".repeat(33), `${"x".repeat(31)}é`, `${"x".repeat(32)}é`, "\u007f", "\u0080"]
    ],
    ["lone surrogates", ["\ud800", "a\udc00b", "日\ud83d"]],
    ["odd keys", { "": 1, "10": 2, "9": 3, 日: 4, "\ud800": 5, constructor: 6, toString: 7 }],
    ["undefined and absent keys", [{ a: undefined }, {}, { a: null }]],
    ["other kinds", [new Date(5), 2n ** 70n, new Map([["a", new Set([1])]]), new Uint8Array([1, 2])]],
    ["a key that would set the prototype", JSON.parse('{"a":{"__proto__":{"b":1}}}')],
    ["more keys than can be numbered", Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`key ${i}`, i]))]
  ]

  it.each(values)("%s come back as they were", (_name, value) => {
    const [found, again] = roundTrip([value, value])
    assert.deepStrictEqual(found, value)
    assert.deepStrictEqual(again, value)
  })

  it("negative zero keeps its sign and keys keep their order", () => {
    const [zero, object] = roundTrip([-0, { b: 1, a: 2, c: 3 }])
    assert.isTrue(Object.is(zero, -0))
    assert.deepStrictEqual(Object.keys(object as object), ["b", "a", "c"])
  })

  it("a value without a stored form is refused", () => {
    assert.throws(() => roundTrip([{ a: () => 1 }]), /could not be cloned/)
  })
})
