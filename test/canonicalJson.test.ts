import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { canonicalJson } from "../src/canonicalJson.ts"
import { keyedRandom } from "../src/math/keyedRandom.ts"

type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

const draw = (random: () => number, depth = 0): Json => {
  const texts = ["", "a", "é", "日本", "😀", "\ud800", '"\\\n\u0000', "__proto__", "constructor", "10", "9"]
  const pick = () => texts[Math.floor(random() * texts.length)]!
  switch (Math.floor(random() * (depth < 4 ? 7 : 5))) {
    case 0:
      return null
    case 1:
      return random() < 0.5
    case 2:
      return Math.floor(1000 * random()) - 500
    case 3:
      return 1e21 * random()
    case 4:
      return pick()
    case 5:
      return Array.from({ length: Math.floor(4 * random()) }, () => draw(random, depth + 1))
    default:
      return Object.fromEntries(
        Array.from({ length: Math.floor(5 * random()) }, () => [pick(), draw(random, depth + 1)])
      )
  }
}

/** The same value with the keys of every object in reverse order. */
const reversed = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(reversed)
  if (value === null || typeof value !== "object") return value
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]) => [key, reversed(inner)] as const)
      .toReversed()
  )
}

describe("canonicalJson", () => {
  it("canonicalJson is JSON of the same value, whatever the order of keys", () => {
    for (let seed = 0; seed < 500; seed++) {
      const value = draw(keyedRandom("json", seed))
      const text = canonicalJson(value)
      assert.deepStrictEqual(JSON.parse(text), value)
      assert.strictEqual(canonicalJson(reversed(value)), text)
      assert.strictEqual(canonicalJson(JSON.parse(text)), text)
    }
  })

  it.prop("canonicalJson tells different values apart", [Schema.Json, Schema.Json], ([a, b]) => {
    const same = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
    assert.strictEqual(canonicalJson(a) === canonicalJson(b), same)
  })

  const sorted = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(sorted)
    if (value === null || typeof value !== "object") return value
    const entries = Object.entries(value).map(([key, inner]) => [key, sorted(inner)] as const)
    return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }

  it("canonicalJson sorts the keys of small and large objects by code unit", () => {
    for (const n of [2, 3, 31, 32, 33, 400]) {
      const random = keyedRandom("keys", n)
      const keys = Array.from({ length: n }, () => `${draw(random, 4) as string}${Math.floor(1e6 * random())}`)
      const expected = [...new Set(keys)].toSorted().map((key) => `${JSON.stringify(key)}:0`)
      assert.strictEqual(canonicalJson(Object.fromEntries(keys.map((key) => [key, 0]))), `{${expected.join(",")}}`)
    }
  })

  const cases: ReadonlyArray<readonly [unknown, string]> = [
    [{ b: 1, a: [true, null], c: { y: "é", x: 1.5 } }, '{"a":[true,null],"b":1,"c":{"x":1.5,"y":"é"}}'],
    [{ a: undefined, b: [undefined, 1] }, '{"b":[null,1]}'],
    [{ b: 1, a: 2, 10: 3, 9: 4, B: 5 }, '{"10":3,"9":4,"B":5,"a":2,"b":1}'],
    [{ "😀": 1, "\uff21": 2, é: 3 }, '{"é":3,"😀":1,"\uff21":2}'],
    [[-0, 1e21, 1e-7, 0.1 + 0.2, Number.NaN], "[0,1e+21,1e-7,0.30000000000000004,null]"],
    ["a\ud800\n\u2028", '"a\\ud800\\n\u2028"'],
    [undefined, "null"],
    [[], "[]"],
    [{}, "{}"]
  ]

  it.each(cases)("canonicalJson of %o", (value, text) => {
    assert.strictEqual(canonicalJson(value), text)
  })
})
