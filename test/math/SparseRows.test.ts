import { assert, describe, it } from "@effect/vitest"
import { SparseRowsBuilder } from "../../src/math/SparseRows.ts"

describe("SparseRows", () => {
  it("SparseRowsBuilder keeps rows, empty ones too, while its arrays grow", () => {
    const builder = new SparseRowsBuilder(5000)
    builder.endRow()
    for (let k = 0; k < 3000; k++) builder.push(k, k / 2)
    builder.endRow()
    builder.push(4999, -1)
    builder.endRow()
    const { columns, nColumns, starts, values } = builder.rows()
    assert.strictEqual(nColumns, 5000)
    assert.deepStrictEqual([...starts], [0, 0, 3000, 3001])
    assert.deepStrictEqual([...columns], [...Array.from({ length: 3000 }, (_, k) => k), 4999])
    assert.deepStrictEqual([...values], [...Array.from({ length: 3000 }, (_, k) => k / 2), -1])
  })
})
