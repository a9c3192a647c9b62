import { assert, describe, it } from "@effect/vitest"
import * as Columns from "../../src/Columns.ts"
import { TypeTally } from "../../src/sources/TypeTally.ts"

const typeOf = (...values: ReadonlyArray<unknown>) => {
  const tally = new TypeTally()
  for (const value of values) tally.add(value)
  return tally.type
}

const named = (...values: ReadonlyArray<unknown>) => {
  const type = typeOf(...values)
  return type === null ? null : Columns.wanted(type)
}

describe("TypeTally", () => {
  it("TypeTally finds the type that holds all values", () => {
    assert.strictEqual(named(), "string or null")
    assert.strictEqual(named(null, undefined), "string or null")
    assert.strictEqual(named(1, null, -2), "integer or null")
    assert.strictEqual(named(1, 2.5), "number or null")
    assert.strictEqual(named(1, 1e300), "number or null")
    assert.strictEqual(named(true, false), "boolean or null")
    assert.strictEqual(named([1], [], [2.5, null]), "list of number or null or null")
    assert.strictEqual(
      named({ a: 1 }, { b: ["x"], a: null }),
      "{a: integer or null, b: list of string or null or null} or null"
    )
  })

  it("TypeTally takes whole numbers that no number holds for text, and the numbers beside them", () => {
    assert.strictEqual(named(9007199254740993n), "string or null")
    assert.strictEqual(named(1, 2.5, 9007199254740993n), "string or null")
    assert.strictEqual(
      named({ a: [1, 2n ** 64n], b: 1 }),
      "{a: list of string or null or null, b: integer or null} or null"
    )
  })

  it("TypeTally goes by the most frequent kind of value", () => {
    assert.strictEqual(named(["a"], { b: 1 }, ["c"]), "list of string or null or null")
    assert.strictEqual(named(true, false, "a"), "boolean or null")
    assert.strictEqual(named({ b: 1 }, ["c"]), "{b: integer or null} or null")
  })

  it("TypeTally takes numbers beside texts for text, however many they are, and both against values of other kinds", () => {
    assert.strictEqual(named("N/A", 1, 2.5), "string or null")
    assert.strictEqual(named(1, 2, 3, "a"), "string or null")
    assert.strictEqual(named({ n: [1, "a"] }), "{n: list of string or null or null} or null")
    assert.strictEqual(named(true, 1, "a"), "string or null")
    assert.strictEqual(named(1, true, true, true, "a"), "boolean or null")
  })

  it("TypeTally gives no type to objects with names for keys", () => {
    const objectOf = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`key ${i}`, i]))
    assert.strictEqual(typeOf(objectOf(1000), objectOf(900))?.kind, "struct")
    assert.isNull(typeOf(objectOf(1000), { other: 1 }))
    assert.isNull(typeOf({ inner: [objectOf(1001)] }))
  })
})
