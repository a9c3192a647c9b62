import { assert, describe, it } from "@effect/vitest"
import { placeIn } from "../../src/cli/placeIn.ts"

const files = [2, 0, 3].map((rows, i) => ({ path: `data/${i}.jsonl`, rows, bytes: 1, sha256: "" }))

describe("placeIn", () => {
  it("placeIn counts rows over all files", () => {
    const places = [1, 2, 3, 4, 5].map((row) => placeIn(files, "train", row))
    const expected = files.flatMap(({ path: file, rows }) =>
      Array.from({ length: rows }, (_, i) => ({ file, number: i + 1 }))
    )
    assert.deepStrictEqual(places, expected)
  })

  it("placeIn says how many rows there are where another one is asked for", () => {
    for (const row of [0, 6]) {
      assert.deepStrictEqual(placeIn(files, "train", row), {
        found: `row ${row} of "train"`,
        wanted: "1 to 5: so many rows it has",
        remedy: "name one of them"
      })
    }
    const none = placeIn([], "rejects.parquet", 1)
    assert.isTrue("wanted" in none && none.wanted.endsWith("it has none"))
  })
})
