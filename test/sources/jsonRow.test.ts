import { assert, describe, it } from "@effect/vitest"
import { RowFlaw } from "../../src/sources/FoundRows.ts"
import { jsonRow } from "../../src/sources/jsonRow.ts"

const read = (text: string) => {
  const bytes = Buffer.from(text)
  return jsonRow(bytes, 0, bytes.length, false)
}
const lists = (n: number) => `${"[".repeat(n)}${"]".repeat(n)}`
const objects = (n: number) => `${'{"a":'.repeat(n)}1${"}".repeat(n)}`

describe("jsonRow", () => {
  it("jsonRow reads 64 levels of lists and objects, the row included, and finds fault with more", () => {
    assert.deepStrictEqual(read(`{"x":${lists(63)}}`), JSON.parse(`{"x":${lists(63)}}`))
    assert.deepStrictEqual(read(objects(64)), JSON.parse(objects(64)))
    for (const text of [`{"x":${lists(64)}}`, objects(65), `{"x":[1,"text",${objects(63)}]}`, objects(5000)]) {
      const flaw = read(text)
      assert.instanceOf(flaw, RowFlaw)
      assert.strictEqual(flaw.reason, "nested too deep")
      assert.include(flaw.wanted, "64")
    }
  })
})
