import { assert, describe, it } from "@effect/vitest"
import { renderCalls } from "../../src/cli/renderCalls.ts"
import { Progress } from "../../src/Progress.ts"

const answered = { calls: 20, costUsd: 0.25, unpricedCalls: 0, lostUsd: 0 }

const outcomeOf = (lost: number, ...spent: ReadonlyArray<Partial<typeof answered>>) => {
  const progress = new Progress()
  Object.assign(progress.model("small"), { answered: 20, failed: 4, retried: 4, lost, costUsd: 0.25 })
  return {
    spend: Object.fromEntries(progress.models),
    spent: Object.fromEntries(spent.map((one, i) => [`m${i}`, { ...answered, ...one, lostCalls: 1 }])),
    journalSize: 20
  }
}

describe("renderCalls", () => {
  it("renderCalls says what calls came to", () => {
    assert.strictEqual(
      renderCalls(outcomeOf(0)),
      "Calls     20 answered, 4 tries failed, 4 retried, $0.25; the journal holds 20 answers"
    )
    assert.strictEqual(renderCalls({ spend: {}, spent: {}, journalSize: 0 }), "Calls     none")
  })

  it("renderCalls says what calls without an answer may cost", () => {
    const line = (...asked: Parameters<typeof outcomeOf>) => renderCalls(outcomeOf(...asked)).split("\n")[1]
    const lost = "calls were sent and brought no answer"
    const unpriced = { costUsd: 0, unpricedCalls: 20 }
    assert.strictEqual(line(3, { lostUsd: 0.02 }), `          3 ${lost}; they may cost up to $0.02 more`)
    assert.strictEqual(line(1, unpriced), "          1 call was sent and brought no answer; it may have been billed")
    for (const unknown of [unpriced, { calls: 0, costUsd: 0 }]) {
      assert.strictEqual(line(2, { lostUsd: 0.02 }, unknown), `          2 ${lost}; they may have been billed`)
    }
    assert.isUndefined(line(0, { lostUsd: 0.02 }))
  })

  it("renderCalls says nothing of bills where a model costs nothing", () => {
    const free = { costUsd: 0 }
    const line = (...asked: Parameters<typeof outcomeOf>) => renderCalls(outcomeOf(...asked)).split("\n")[1]
    assert.strictEqual(line(5, free), "          5 calls were sent and brought no answer")
    assert.match(line(5, free, { lostUsd: 0.02 })!, /cost up to \$0\.02 more$/)
  })

  it("renderCalls says which caps were passed", () => {
    const passedCaps = ["the run spent $6 of $5 (--max-usd)", "the run spent 9 tokens of 8 tokens (--max-tokens)"]
    for (const lost of [0, 2]) {
      assert.deepStrictEqual(
        renderCalls({ ...outcomeOf(lost, {}), passedCaps })
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
