import { assert, describe, it } from "@effect/vitest"
import * as Figure from "../src/Figure.ts"

describe("Figure", () => {
  it("Figure calls what is not a number not known", () => {
    for (const missing of [null, Number.NaN, Number.POSITIVE_INFINITY]) {
      for (const write of [Figure.count, Figure.decimal, Figure.share, Figure.factor, Figure.bytes]) {
        assert.strictEqual(write(missing), "not known")
      }
    }
    assert.strictEqual(Figure.interval(null), "not known")
  })

  it("Figure keeps none and all for shares that are none and all", () => {
    assert.deepStrictEqual([0, 0.0001, 0.1834, 0.9999, 1].map(Figure.share), [
      "0.0%",
      "<0.1%",
      "18.3%",
      ">99.9%",
      "100.0%"
    ])
  })

  it("Figure writes a true minus and no negative zero", () => {
    assert.strictEqual(Figure.decimal(-0.25), "−0.25")
    assert.strictEqual(Figure.decimal(-0.001), "0.00")
  })

  it("Figure scales sizes and counts nouns", () => {
    assert.deepStrictEqual([0, 999, 1000, 999_960, 1.5e12].map(Figure.bytes), [
      "0 B",
      "999 B",
      "1.0 kB",
      "1.0 MB",
      "1.5 TB"
    ])
    assert.deepStrictEqual([Figure.counted(1, "row"), Figure.counted(12_345, "row")], ["1 row", "12,345 rows"])
  })
})
