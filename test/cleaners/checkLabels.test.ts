import { assert, describe, it } from "@effect/vitest"
import { checkLabels } from "../../src/cleaners/checkLabels.ts"

describe("checkLabels", () => {
  const good = { pModel: Float64Array.of(0, 1), annotator: Int32Array.of(0, 1), nAnnotators: 2 }

  it("checkLabels lets p of 0 and 1 and every annotator in range pass", () => {
    assert.doesNotThrow(() => checkLabels("Cannot count", good))
  })

  it("checkLabels names the action, the label, what was found and what was expected", () => {
    const refused = (change: Partial<typeof good>, message: RegExp) =>
      assert.throws(() => checkLabels("Cannot count", { ...good, ...change }), message)
    refused({ annotator: Int32Array.of(0) }, /^Cannot count: found 1 annotators for 2 labels, expected one each$/)
    refused({ pModel: Float64Array.of(0.5, -0.1) }, /^Cannot count: found p -0.1 at label 1, expected 0 to 1$/)
    refused({ pModel: Float64Array.of(Number.NaN, 1) }, /found p NaN at label 0/)
    refused({ annotator: Int32Array.of(0, 2) }, /found annotator 2 at label 1, expected 0 to 1$/)
    refused({ annotator: Int32Array.of(-1, 0) }, /found annotator -1 at label 0/)
  })
})
