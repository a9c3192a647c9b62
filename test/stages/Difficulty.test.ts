import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Difficulty from "../../src/stages/Difficulty.ts"

describe("Difficulty", () => {
  it("Difficulty rises as margins close, labels get doubtful and texts get longer", () => {
    const { closeMargin, doubtfulLabel, textLength } = Difficulty
    assert.isAbove(closeMargin.of({ margin: 0.1 })!, closeMargin.of({ margin: 2 })!)
    assert.strictEqual(closeMargin.of({ margin: -2 }), closeMargin.of({ margin: 2 }))
    assert.isAbove(doubtfulLabel.of({ labelProb: 0.3 })!, doubtfulLabel.of({ labelProb: 0.9 })!)
    assert.strictEqual(textLength.of({ prompt: "ab", chosen: "cde", rejected: "f" }), 6)
    assert.isNull(closeMargin.of({ margin: null }))
    assert.isNull(doubtfulLabel.of({ labelProb: null }))
  })

  it("Difficulty takes an expression of one's own over any columns", () => {
    const own = Difficulty.make(
      "steps",
      { nSteps: Schema.Int, margin: Schema.Finite },
      (row) => row.nSteps - row.margin
    )
    assert.strictEqual(own.of({ nSteps: 3, margin: 0.5 }), 2.5)
    assert.deepStrictEqual(Object.keys(own.needs), ["nSteps", "margin"])
  })
})
