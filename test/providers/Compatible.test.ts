import { assert, describe, it } from "@effect/vitest"
import { chatBody, readCompletions } from "../../src/providers/Compatible.ts"
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

describe("chatBody", () => {
  const request = {
    task: { kind: "generate", prompt: "q", persona: null },
    messages: [{ role: "user", content: "q" }],
    model: null,
    sampleIndex: 0,
    temperature: 0,
    maxTokens: 64
  } as const
  const asked = { messages: request.messages, temperature: 0, max_completion_tokens: 64 }

  it("chatBody sends what the stage asked for, whichever the model", () => {
    for (const model of ["gpt-5.4-mini", "gpt-5-mini", "o3", "qwen"]) {
      assert.deepStrictEqual(chatBody(request, { model }), { model, ...asked })
    }
  })

  it("chatBody puts extraBody before what the stage asked for, so that a model that thinks can be asked", () => {
    const bodyWith = (extraBody: Readonly<Record<string, unknown>>) => chatBody(request, { model: "m", extraBody })
    assert.deepStrictEqual(bodyWith({ reasoning_effort: "none" }), { model: "m", ...asked, reasoning_effort: "none" })
    assert.deepStrictEqual(bodyWith({ temperature: 1 }), { model: "m", ...asked, temperature: 1 })
  })
})
