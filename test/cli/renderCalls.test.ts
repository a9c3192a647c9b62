import { assert, describe, it } from "@effect/vitest"
import { renderCalls } from "../../src/cli/renderCalls.ts"
import { Progress } from "../../src/Progress.ts"

const spent = (lost: number) => {
  const progress = new Progress()
  Object.assign(progress.model("small"), { answered: 20, failed: 4, retried: 4, lost, costUsd: 0.25 })
  return { spend: Object.fromEntries(progress.models), journalSize: 20 }
}

describe("renderCalls", () => {
  it("renderCalls says what calls came to", () => {
    assert.strictEqual(
      renderCalls(spent(0)),
      "Calls     20 answered, 4 tries failed, 4 retried, $0.25; the journal holds 20 answers"
    )
    assert.strictEqual(renderCalls({ spend: {}, journalSize: 0 }), "Calls     none")
  })

  it("renderCalls says what calls without an answer may cost", () => {
    const lines = (lost: number, lostUsd?: number | null) =>
      renderCalls({ ...spent(lost), ...(lostUsd === undefined ? {} : { lostUsd }) })
        .split("\n")
        .slice(1)
    assert.deepStrictEqual(lines(3, 0.02), [
      "          3 calls were sent and brought no answer; they may cost up to $0.02 more"
    ])
    assert.deepStrictEqual(lines(1, null), ["          1 call was sent and brought no answer; it may have been billed"])
    assert.deepStrictEqual(lines(2), ["          2 calls were sent and brought no answer; they may have been billed"])
    assert.deepStrictEqual(lines(0, 0.02), [])
  })

  it("renderCalls says which caps were passed", () => {
    const passedCaps = ["the run spent $6 of $5 (--max-usd)", "the run spent 9 tokens of 8 tokens (--max-tokens)"]
    for (const lost of [0, 2]) {
      assert.deepStrictEqual(
        renderCalls({ ...spent(lost), passedCaps })
          .split("\n")
          .slice(-2),
        [
          "          A cap was passed: the run spent $6 of $5 (--max-usd)",
          "          A cap was passed: the run spent 9 tokens of 8 tokens (--max-tokens)"
        ]
      )
    }
  })
})
