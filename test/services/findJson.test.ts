import { assert, describe, it } from "@effect/vitest"
import { findJson } from "../../src/services/findJson.ts"

const foundIn = (text: string): ReadonlyArray<unknown> => {
  const found = findJson(text)
  assert.isTrue(found.ok, `${text}: ${found.ok ? "" : found.problem}`)
  return found.ok ? found.values : []
}

const problemOf = (text: string): readonly [problem: string, part: string] => {
  const found = findJson(text)
  assert.isFalse(found.ok, text)
  return found.ok ? ["", ""] : [found.problem, found.part]
}

describe("findJson", () => {
  it("findJson finds objects and arrays in prose and code fences, in order", () => {
    assert.deepStrictEqual(foundIn('Well: {"a": [1, {"b": null}]}.\n```json\n[2]\n```\nThat is it.'), [
      { a: [1, { b: null }] },
      [2]
    ])
    assert.deepStrictEqual(foundIn('7 of 10, "quoted", it\'s true'), [])
    assert.deepStrictEqual(foundIn(""), [])
  })

  it("findJson counts no bracket, comma or quote inside a string", () => {
    const text = String.raw`{"a": "}{][,}", "b": "\"}", "c\\": ["x,]", "\\"]}`
    assert.deepStrictEqual(foundIn(`<${text}>`), [JSON.parse(text)])
  })

  it("findJson drops one comma in front of a closing bracket and no other", () => {
    assert.deepStrictEqual(foundIn('{"a": [1, 2 , ], "b": {"c": ",]",\n},}'), [{ a: [1, 2], b: { c: ",]" } }])
    assert.deepStrictEqual(foundIn("[,] {,} [1,,] [,1]"), [])
    for (const text of ['{"a": 1,,}', '{,"a": 1}', '{"a": ,}']) {
      assert.deepStrictEqual(problemOf(text), ["this is not valid JSON", text])
    }
  })

  it("findJson takes brackets without double quotes for prose, and those with for JSON gone wrong", () => {
    assert.deepStrictEqual(foundIn('See [the page](x) and {x}, [1], [see [2]]: {"a": 1}'), [[1], { a: 1 }])
    for (const text of [
      '{"a": number}',
      `{"a": 'x'}`,
      '{"a": 1 // one\n}',
      '{"a": 07}',
      '{"a": 1]',
      '[{"a": 1} {"b": 2}]'
    ]) {
      assert.deepStrictEqual(problemOf(`${text} or {"a": 1}`), ["this is not valid JSON", text])
    }
  })

  it("findJson reads nothing of a text that ends inside JSON, at whatever character", () => {
    const whole = String.raw`{"a": [{"b": "}\""}, 2], "c": {}}`
    for (let length = 1; length < whole.length; length++) {
      const half = whole.slice(0, length)
      assert.deepStrictEqual(problemOf(`{"a": 1} ${half}`), ["the text ends inside the JSON", half])
    }
  })

  it("findJson refuses an object that names a key twice, however it is written", () => {
    for (const text of ['{"a": 1, "a": 10}', String.raw`[{"b": {"a": 1, "\u0061": 1}}]`]) {
      assert.deepStrictEqual(problemOf(text), ["an object names a key twice", text])
    }
    const allowed = '{"a": "a", "b": ["a", "b", {"a": "b"}], "c": {"a": ": "}}'
    assert.deepStrictEqual(foundIn(allowed), [JSON.parse(allowed)])
  })

  it("findJson leaves out what was thought before the answer", () => {
    assert.deepStrictEqual(foundIn('<think>\nMaybe {"a": 1}? Or {"a\n</think>\n\n{"a": 2}'), [{ a: 2 }])
    assert.deepStrictEqual(foundIn('Maybe {"a": 1}?\n</think>{"a": 2}'), [{ a: 2 }])
    assert.deepStrictEqual(foundIn('{"a": "</think>"}'), [{ a: "</think>" }])
    assert.strictEqual(problemOf('<think>It is {"a": 1}, so')[0], "the text ends inside <think>")
  })

  it("findJson takes time in proportion to a text of nothing but brackets, quotes and backslashes", () => {
    const n = 200_000
    assert.strictEqual(problemOf("[".repeat(n))[0], "the text ends inside the JSON")
    assert.strictEqual(foundIn("[]".repeat(n)).length, n)
    assert.strictEqual(foundIn("[".repeat(n) + "]".repeat(n)).length, 1)
    assert.deepStrictEqual(foundIn("]".repeat(n)), [])
    assert.strictEqual(problemOf(`{"${"\\".repeat(n)}`)[0], "the text ends inside the JSON")
    assert.deepStrictEqual(foundIn(`["${"\\\\".repeat(n)}"]`), [["\\".repeat(n)]])
    assert.strictEqual(problemOf(`["",${" ,".repeat(n)}]`)[0], "this is not valid JSON")
  })
})
