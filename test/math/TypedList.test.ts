import { assert, describe, it } from "@effect/vitest"
import { TypedList } from "../../src/math/TypedList.ts"

describe("TypedList", () => {
  it("TypedList keeps what is pushed while it grows", () => {
    const list = new TypedList(Int32Array)
    assert.strictEqual(list.values.length, 0)
    for (let i = 0; i < 5000; i++) list.push(3 * i - 7)
    assert.strictEqual(list.length, 5000)
    assert.deepStrictEqual(
      list.values,
      Int32Array.from({ length: 5000 }, (_, i) => 3 * i - 7)
    )
  })

  it("TypedList shows what is pushed between two looks, and what is changed through an earlier one", () => {
    const list = new TypedList(Int32Array)
    for (let i = 0; i < 1024; i++) list.push(i)
    list.values[7] = -7
    assert.strictEqual(list.values[7], -7)
    // More than there was room for.
    list.push(1024)
    assert.strictEqual(list.values.length, 1025)
    list.values[8] = -8
    list.push(1025)
    assert.deepStrictEqual([...list.values.subarray(7, 9), ...list.values.subarray(1023)], [-7, -8, 1023, 1024, 1025])
  })

  it("TypedList lets numbers be changed in place, within the range of their kind", () => {
    const list = new TypedList(Uint8Array)
    list.push(255)
    list.push(1)
    list.values[1]! |= 4
    assert.deepStrictEqual([...list.values], [255, 5])
  })
})
