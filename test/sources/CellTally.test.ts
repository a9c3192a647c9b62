import { assert, describe, it } from "@effect/vitest"
import { CellTally } from "../../src/sources/CellTally.ts"

const tallyOf = (...cells: ReadonlyArray<string>) => {
  const tally = new CellTally()
  for (const cell of cells) tally.add(cell)
  return tally
}

describe("CellTally", () => {
  it("CellTally finds the narrowest type of all cells", () => {
    assert.strictEqual(tallyOf("1", "", "-2").kind, "int")
    assert.strictEqual(tallyOf("1", "2.5").kind, "float")
    assert.strictEqual(tallyOf("1e3", "nan").kind, "float")
    assert.strictEqual(tallyOf("true", "False").kind, "boolean")
    assert.strictEqual(tallyOf("1", "true").kind, "string")
    assert.strictEqual(tallyOf("1", "x", "2").kind, "string")
    assert.strictEqual(tallyOf().kind, "string")
    assert.strictEqual(tallyOf("", "").kind, "string")
  })

  it("CellTally takes whole numbers that no number holds for text", () => {
    assert.strictEqual(tallyOf("9007199254740991").kind, "int")
    assert.strictEqual(tallyOf("9007199254740993").kind, "string")
    assert.strictEqual(tallyOf("0.5", "1234567890123456789").kind, "string")
    assert.strictEqual(tallyOf("0.5", "100000000000000000000").kind, "float")
  })

  it("CellTally says whether a cell was empty", () => {
    assert.isTrue(tallyOf("1", "").hasEmpty)
    assert.isFalse(tallyOf("1", " ").hasEmpty)
  })
})
