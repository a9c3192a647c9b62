import { assert, describe, it } from "@effect/vitest"
import { chatBody, readCompletions } from "../../src/providers/Compatible.ts"
import type { Completion } from "../../src/services/Provider.ts"
import { chatCompletion } from "./chatServer.ts"

const answerWith = (logprobs: unknown) =>
  chatCompletion("yes", { choices: [{ index: 0, finish_reason: "stop", message: { content: "yes" }, logprobs }] })

const read = (logprobs: unknown) => readCompletions(answerWith(logprobs), "m", { topLogProbs: 1 })

const logProbsOf = (logprobs: unknown) => (read(logprobs) as ReadonlyArray<Completion>)[0]!.logProbs

describe("readCompletions", () => {
  it("readCompletions reads log-probabilities with their alternatives", () => {
    const content = [
      { token: "yes", logprob: -0.5, top_logprobs: [{ token: "no", logprob: -1.5 }] },
      { token: "!", logprob: 0, top_logprobs: [{ token: "!", logprob: 0 }] }
    ]
    assert.deepStrictEqual(logProbsOf({ content }), [
      { token: "yes", logProb: -0.5, alternatives: [{ token: "no", logProb: -1.5 }] },
      { token: "!", logProb: 0, alternatives: [{ token: "!", logProb: 0 }] }
    ])
    assert.deepStrictEqual(logProbsOf(null), [])
  })

  it("readCompletions gives no log-probabilities where alternatives that were asked for are missing", () => {
    const whole = { token: "a", logprob: -1, top_logprobs: [{ token: "b", logprob: -2 }] }
    for (const lacking of [{}, { top_logprobs: [] }, { top_logprobs: null }]) {
      assert.deepStrictEqual(logProbsOf({ content: [whole, { token: "b", logprob: -1, ...lacking }] }), [])
    }
    const alone = readCompletions(answerWith({ content: [{ token: "a", logprob: -1 }] }), "m", { topLogProbs: 0 })
    assert.deepStrictEqual((alone as ReadonlyArray<Completion>)[0]!.logProbs, [
      { token: "a", logProb: -1, alternatives: [] }
    ])
  })

  it("readCompletions refuses log-probabilities that are none, and says where they stand", () => {
    for (const logprob of [undefined, null, "-1", Number.POSITIVE_INFINITY]) {
      assert.strictEqual(
        read({ content: [{ token: "a", logprob }] }),
        'a token "a" without a log-probability at choices[0].logprobs.content[0]'
      )
      const alternatives = { content: [{ token: "a", logprob: -1, top_logprobs: [{ token: "b", logprob }] }] }
      assert.strictEqual(
        read(alternatives),
        'a token "b" without a log-probability at choices[0].logprobs.content[0].top_logprobs[0]'
      )
    }
    const top = [{ token: "b", logprob: -1 }]
    const second = { token: "b", logprob: -1, top_logprobs: [...top, { token: "c", logprob: 0.5 }] }
    assert.strictEqual(
      read({ content: [{ token: "a", logprob: -1, top_logprobs: top }, second] }),
      'a token "c" with the log-probability 0.5, expected 0 at most, at choices[0].logprobs.content[1].top_logprobs[1]'
    )
    assert.strictEqual(read({ content: [null] }), "a token without a text at choices[0].logprobs.content[0]")
  })
})

describe("readCompletions of an answer that goes on from a prefix", () => {
  const prefix = "One. Two. "
  const spoken = (content: string, tokens?: ReadonlyArray<string>) => {
    const logprobs = tokens === undefined ? null : { content: tokens.map((token) => ({ token, logprob: -1 })) }
    const body = { choices: [{ index: 0, finish_reason: "stop", message: { content }, logprobs }] }
    const request = { prefix, ...(tokens === undefined ? {} : { topLogProbs: 0 }) }
    return (readCompletions(body, "m", request) as ReadonlyArray<Completion>)[0]!
  }

  it("readCompletions takes the prefix out of an answer that repeats it", () => {
    assert.strictEqual(spoken("One. Two. Three.").text, "Three.")
    assert.strictEqual(spoken("Three.").text, "Three.")
    assert.strictEqual(spoken("One. Two. ").text, "")
  })

  it("readCompletions takes the tokens of a repeated prefix out, where they are listed", () => {
    const tokensOf = (tokens: ReadonlyArray<string>) =>
      spoken("One. Two. Three.", tokens).logProbs!.map(({ token }) => token)
    assert.deepStrictEqual(tokensOf(["One. ", "Two. ", "Three", "."]), ["Three", "."])
    assert.deepStrictEqual(tokensOf(["Three", "."]), ["Three", "."])
    assert.deepStrictEqual(tokensOf(["One. Two. Th", "ree."]), ["One. Two. Th", "ree."])
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
