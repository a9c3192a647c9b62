import { assert, describe, it } from "@effect/vitest"
import { readCompletions } from "../../src/providers/Compatible.ts"
import { chatCompletion } from "./chatServer.ts"

const answerWith = (logprobs: unknown) =>
  chatCompletion("yes", { choices: [{ index: 0, finish_reason: "stop", message: { content: "yes" }, logprobs }] })

const read = (logprobs: unknown) => readCompletions(answerWith(logprobs), "m", { topLogProbs: 1 })

describe("readCompletions", () => {
  it("readCompletions reads log-probabilities with their alternatives", () => {
    const [completion] = read({
      content: [
        { token: "yes", logprob: -0.5, top_logprobs: [{ token: "no", logprob: -1.5 }] },
        { token: "!", logprob: 0 }
      ]
    }) as ReadonlyArray<{ readonly logProbs: unknown }>
    assert.deepStrictEqual(completion!.logProbs, [
      { token: "yes", logProb: -0.5, alternatives: [{ token: "no", logProb: -1.5 }] },
      { token: "!", logProb: 0, alternatives: [] }
    ])
    assert.deepInclude((read(null) as ReadonlyArray<object>)[0], { logProbs: [] })
  })

  it("readCompletions refuses log-probabilities that are no numbers", () => {
    for (const logprob of [undefined, null, "-1", Number.POSITIVE_INFINITY]) {
      assert.strictEqual(read({ content: [{ token: "a", logprob }] }), "log-probabilities that are no numbers")
      const alternatives = { content: [{ token: "a", logprob: -1, top_logprobs: [{ token: "b", logprob }] }] }
      assert.strictEqual(read(alternatives), "log-probabilities that are no numbers")
    }
  })
})
