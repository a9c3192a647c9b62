import { assert, describe, it } from "@effect/vitest"
import OpenAI from "openai"
import { FaultServer } from "./FaultServer.ts"

const messages = [
  { role: "system" as const, content: "Be brief.  Be kind." },
  { role: "user" as const, content: "Is 1<2?\nSay why." }
]
const reply = { role: "assistant" as const, content: " Yes, as one is less." }

/** Asks a server that closes afterwards. */
const withServer = async (
  use: (post: (path: string, body: object) => Promise<any>, client: OpenAI) => Promise<void>,
  classes = 1
) => {
  const server = await FaultServer.start({ classes })
  try {
    const post = async (path: string, body: object): Promise<any> =>
      (await fetch(server.origin + path, { method: "POST", body: JSON.stringify(body) })).json()
    await use(post, new OpenAI({ apiKey: "none", baseURL: server.baseUrl, maxRetries: 0 }))
  } finally {
    await server.close()
  }
}

describe("servedEndpoints", () => {
  it("chat: gives equal answers to equal questions, other ones to other seeds and choices", () =>
    withServer(async (_post, client) => {
      const asked = (more: object) => client.chat.completions.create({ model: "m", messages, ...more })
      const texts = (answer: OpenAI.ChatCompletion) => answer.choices.map(({ message }) => message.content)
      const three = await asked({ n: 3 })
      assert.deepStrictEqual(texts(three), texts(await asked({ n: 3 })))
      assert.strictEqual(new Set(texts(three)).size, 3)
      assert.strictEqual(texts(await asked({}))[0], texts(three)[0])
      assert.notStrictEqual(texts(await asked({ seed: 7 }))[0], texts(three)[0])
      const nCharacters = messages.reduce((sum, { content }) => sum + content.length, 0)
      const completionTokens = texts(three).reduce((sum, text) => sum + Math.ceil(text!.length / 4), 0)
      assert.deepInclude(three.usage, {
        prompt_tokens: Math.ceil(nCharacters / 4),
        completion_tokens: completionTokens
      })
      const short = await asked({ max_completion_tokens: 2 })
      assert.strictEqual(short.choices[0]!.finish_reason, "length")
      assert.strictEqual(short.usage!.completion_tokens, 2)
    }))

  it("chat: logprobs list the tokens of the answer and probabilities that add up to 1 at most", () =>
    withServer(async (_post, client) => {
      const answer = await client.chat.completions.create({ model: "m", messages, logprobs: true, top_logprobs: 5 })
      const { logprobs, message } = answer.choices[0]!
      assert.strictEqual(logprobs!.content!.map(({ token }) => token).join(""), message.content)
      for (const { logprob, top_logprobs: top } of logprobs!.content!) {
        assert.strictEqual(top.length, 5)
        assert.include(
          top.map((other) => other.logprob),
          logprob
        )
        assert.isAtMost(
          top.reduce((sum, other) => sum + Math.exp(other.logprob), 0),
          1 + 1e-12
        )
        assert.deepStrictEqual(
          top,
          top.toSorted((a, b) => b.logprob - a.logprob)
        )
      }
    }))

  it("tokenize: agrees with prompt_logprobs, and a history is the beginning of what goes on from it", () =>
    withServer(async (post) => {
      const history = await post("/tokenize", { model: "m", messages, return_token_strs: true })
      assert.strictEqual(
        history.token_strs.join(""),
        `<|system|>${messages[0]!.content}\n<|user|>${messages[1]!.content}\n<|assistant|>`
      )
      const whole = {
        model: "m",
        messages: [...messages, reply],
        add_generation_prompt: false,
        continue_final_message: true
      }
      const { count, tokens } = await post("/tokenize", whole)
      assert.strictEqual(count, tokens.length)
      assert.isAbove(count, history.count)
      assert.deepStrictEqual(tokens.slice(0, history.count), history.tokens)
      const scored = await post("/v1/chat/completions", { ...whole, max_tokens: 1, prompt_logprobs: 0 })
      assert.isNull(scored.prompt_logprobs[0])
      assert.deepStrictEqual(
        scored.prompt_logprobs.slice(1).map((place: object) => Object.keys(place)),
        tokens.slice(1).map((id: number) => [String(id)])
      )
      assert.strictEqual(scored.usage.prompt_tokens, count)
      const decoded = scored.prompt_logprobs.slice(history.count).flatMap((place: object) => Object.values(place))
      assert.strictEqual(decoded.map((entry: any) => entry.decoded_token).join(""), reply.content)
      const both = await post("/tokenize", { messages, add_generation_prompt: true, continue_final_message: true })
      assert.strictEqual(both.error.code, 400)
    }))

  it("completions: echo lists prompt and answer with offsets, and the numbers of prompt_logprobs", () =>
    withServer(async (post) => {
      const prompt = "The sky is  blue\nand so\n"
      const body = { model: "m", prompt, max_tokens: 3, logprobs: 1, echo: true, prompt_logprobs: 0 }
      const { choices, usage } = await post("/v1/completions", body)
      const [{ logprobs, prompt_logprobs: ofPrompt, text }] = choices
      assert.isTrue(text.startsWith(prompt))
      assert.strictEqual(logprobs.tokens.join(""), text)
      logprobs.tokens.forEach((token: string, i: number) => {
        assert.strictEqual(text.slice(logprobs.text_offset[i]).indexOf(token), 0)
      })
      assert.strictEqual(logprobs.text_offset[0], 0)
      assert.isNull(logprobs.token_logprobs[0])
      assert.deepStrictEqual(
        ofPrompt.slice(1).map((place: object) => (Object.values(place)[0] as { logprob: number }).logprob),
        logprobs.token_logprobs.slice(1, ofPrompt.length)
      )
      assert.strictEqual(usage.prompt_tokens, ofPrompt.length)
      const scoring = await post("/v1/completions", { ...body, max_tokens: 0 })
      assert.strictEqual(scoring.choices[0].text, prompt)
      assert.deepStrictEqual(
        scoring.choices[0].logprobs.token_logprobs,
        logprobs.token_logprobs.slice(0, ofPrompt.length)
      )
      assert.strictEqual(scoring.usage.completion_tokens, 0)
      const asPrompt = await post("/v1/completions", { ...body, prompt: text, max_tokens: 0 })
      assert.deepStrictEqual(asPrompt.choices[0].logprobs.token_logprobs, logprobs.token_logprobs)
    }))

  it("embeddings: are unit vectors, equal as numbers and as base64", () =>
    withServer(async (post, client) => {
      const input = ["a", "b"]
      const { data } = await client.embeddings.create({ model: "m", input, dimensions: 16 })
      const raw = await post("/v1/embeddings", { model: "m", input, dimensions: 16, encoding_format: "float" })
      data.forEach(({ embedding, index }, i) => {
        assert.strictEqual(index, i)
        assert.closeTo(Math.hypot(...embedding), 1, 1e-6)
        embedding.forEach((number, j) => assert.closeTo(number, raw.data[i].embedding[j], 1e-6))
      })
      assert.notDeepEqual(data[0]!.embedding, data[1]!.embedding)
    }))

  it("pooling, classify, score: apply the activation unless told not to", async () => {
    await withServer(async (post) => {
      const conversation = { messages: [...messages, reply] }
      const [raw] = (await post("/pooling", { ...conversation, use_activation: false })).data
      const [active] = (await post("/pooling", conversation)).data
      assert.deepInclude(raw, { index: 0, object: "pooling" })
      assert.closeTo(active.data[0], 1 / (1 + Math.exp(-raw.data[0])), 1e-12)
      const scored = await post("/score", { text_1: "q", text_2: ["a", "b"] })
      const zipped = await post("/v1/score", { queries: ["q", "q"], documents: ["a", "b"] })
      assert.deepStrictEqual(scored.data, zipped.data)
      assert.notStrictEqual(scored.data[0].score, scored.data[1].score)
      assert.match((await post("/score", { text_1: ["q", "r"], text_2: "a" })).error.message, /1:1, 1:N or N:N/)
    })
    await withServer(async (post) => {
      const { data } = await post("/classify", { model: "m", input: ["a", "b"] })
      for (const { label, num_classes: nClasses, probs } of data) {
        assert.strictEqual(nClasses, 3)
        assert.closeTo(probs[0] + probs[1] + probs[2], 1, 1e-12)
        assert.strictEqual(probs[Number(label.slice("LABEL_".length))], Math.max(...probs))
      }
    }, 3)
  })

  it("models, unknown paths and bodies that are no JSON: answer as OpenAI does", () =>
    withServer(async (post, client) => {
      assert.deepStrictEqual(
        (await client.models.list()).data.map(({ id }) => id),
        ["served-model"]
      )
      assert.isString((await post("/v1/nothing", {})).error.message)
      const refused = await client.chat.completions.create({ model: "m", messages: [] }).catch((error) => error)
      assert.strictEqual(refused.status, 400)
    }))
})
