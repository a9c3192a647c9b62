import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Difficulty from "../../src/stages/Difficulty.ts"
import { ratingOf, verdictOf } from "./candidates.ts"

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

  it("Difficulty is largest where a label is as likely right as wrong, and where verdicts are evenly divided", () => {
    const { disagreement, unsureLabel } = Difficulty
    assert.strictEqual(unsureLabel.of({ labelProb: 0.25 }), unsureLabel.of({ labelProb: 0.75 }))
    assert.isAbove(unsureLabel.of({ labelProb: 0.5 })!, unsureLabel.of({ labelProb: 0.45 })!)
    assert.isNull(unsureLabel.of({ labelProb: null }))

    const agreed = [verdictOf("x", "a", "b", "first"), verdictOf("y", "b", "a", "second")]
    assert.strictEqual(disagreement.of({ judgments: agreed }), 0)
    assert.strictEqual(disagreement.of({ judgments: [...agreed, verdictOf("z", "a", "b", "second")] }), 1 / 3)
    assert.strictEqual(disagreement.of({ judgments: [...agreed, verdictOf("z", "a", "b", "tie")] }), 0.5 / 3)
    const divided = [verdictOf("x", "a", "b", "first"), verdictOf("x", "b", "a", "first")]
    assert.strictEqual(disagreement.of({ judgments: divided }), 0.5)
    assert.strictEqual(
      disagreement.of({ judgments: [...divided, ...agreed.map((one) => ({ ...one, firstId: "c" }))] }),
      0.5
    )
    assert.isNull(
      disagreement.of({ judgments: [ratingOf("x", "a", 3), agreed[0]!, verdictOf("y", "a", "b", "invalid")] })
    )
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
