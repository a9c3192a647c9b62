import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type EndpointOptions, vllmCapabilities } from "../../src/providers/Endpoint.ts"
import { http } from "../../src/providers/http.ts"
import { openai } from "../../src/providers/openai.ts"
import type { Message, ProviderSource, Route, ScoreRequest } from "../../src/services/Provider.ts"
import type { Fault } from "../faults/Fault.ts"
import { faultServer, type FaultServerOptions } from "../faults/FaultServer.ts"
import { asObject, numbersOf, renderChat, score, tokenise } from "../faults/ServedModel.ts"
import { loneCall } from "./askRoute.ts"

const providers: Readonly<Record<string, (options: EndpointOptions) => ProviderSource>> = { openai, http }

const messages: ReadonlyArray<Message> = [
  { role: "system", content: "Be brief.  Be kind." },
  { role: "user", content: "Is 1<2?\nSay why." }
]
const reply = " Yes, as one is less."

/** A route to a server of its own. */
const routeTo = Effect.fnUntraced(function* (
  provider: string,
  server: FaultServerOptions = {},
  options: Partial<EndpointOptions> = {}
) {
  const started = yield* faultServer({ keepBodies: true, ...server })
  const source = providers[provider]!({
    model: "m",
    baseUrl: started.baseUrl,
    keyVariable: "PREFLOOM_TEST_ABSENT_KEY",
    capabilities: vllmCapabilities,
    ...options
  })
  return { server: started, route: (yield* source).routes[0]! }
})

const answerAll = (body: unknown) => ({ plan: (): Fault => ({ kind: "answer", body }) })

const pairsOf = (scored: ReadonlyArray<{ readonly token: string; readonly logprob: number }>) =>
  scored.map(({ logprob, token }) => ({ token, logProb: logprob }))

const scoreOf = (route: Route, context: ScoreRequest["context"], text: string) =>
  route.score!({ context, text, model: null }, loneCall)

/** An answer of `/completions` with a list of tokens, whose offsets are counted in code points as servers count them. */
const echoed = (tokens: ReadonlyArray<readonly [token: string, logProb: number | null]>, more: object = {}) => {
  let offset = 0
  return {
    model: "served",
    choices: [
      {
        text: tokens.map(([token]) => token).join(""),
        logprobs: {
          tokens: tokens.map(([token]) => token),
          token_logprobs: tokens.map(([, logProb]) => logProb),
          text_offset: tokens.map(([token]) => (offset += Array.from(token).length) - Array.from(token).length)
        },
        ...more
      }
    ]
  }
}

for (const provider of Object.keys(providers)) {
  describe(`scoring through ${provider}`, () => {
    it.live("scoring gives the tokens of a text behind a context with the server's log-probabilities", () =>
      Effect.gen(function* () {
        const { route, server } = yield* routeTo(provider)
        for (const [context, text] of [
          ["The sky is", " blue\nand so\n"],
          ["The sky is ", "blue"],
          ["one\n", "two three"],
          ["same", ""]
        ] as const) {
          const scored = yield* scoreOf(route, context, text)
          // Words take the spaces before them, so a space at the end of the context belongs to the first word of the text.
          const whole = score("", context + text, 0)
          const nBefore = tokenise(context).length - (context.endsWith(" ") ? 1 : 0)
          assert.deepStrictEqual(scored.tokens, pairsOf(whole.slice(nBefore)))
          assert.strictEqual(scored.model, "m")
          assert.deepStrictEqual(scored.usage, { promptTokens: whole.length, completionTokens: 0 })
        }
        const { body, path } = server.seen[0]!
        assert.strictEqual(path, "/v1/completions")
        assert.deepStrictEqual(body, {
          model: "m",
          prompt: "The sky is blue\nand so\n",
          max_tokens: 0,
          echo: true,
          logprobs: 1
        })
      })
    )

    it.live("scoring leaves out the first token of a text without context", () =>
      Effect.gen(function* () {
        const { route } = yield* routeTo(provider)
        const { tokens } = yield* scoreOf(route, "", "one two three")
        assert.deepStrictEqual(tokens, pairsOf(score("", "one two three", 0).slice(1)))
      })
    )

    it.live("scoring counts offsets in code points", () =>
      Effect.gen(function* () {
        const tokens = [
          ["😀😀", null],
          [" is", -1],
          [" 😀", -2],
          [" it", -3]
        ] as const
        const { route } = yield* routeTo(provider, answerAll(echoed(tokens)))
        assert.deepStrictEqual((yield* scoreOf(route, "😀😀 is", " 😀 it")).tokens, [
          { token: " 😀", logProb: -2 },
          { token: " it", logProb: -3 }
        ])
      })
    )

    it.live("scoring gives the text the token that straddles the border", () =>
      Effect.gen(function* () {
        const { route } = yield* routeTo(
          provider,
          answerAll(
            echoed([
              ["ab", null],
              ["cd", -1],
              ["ef", -2]
            ])
          )
        )
        assert.deepStrictEqual((yield* scoreOf(route, "abc", "def")).tokens, [
          { token: "cd", logProb: -1 },
          { token: "ef", logProb: -2 }
        ])
      })
    )

    it.live("scoring takes no harm from a mark in front of the prompt, nor from what a server generates unasked", () =>
      Effect.gen(function* () {
        const marked = echoed(
          [
            ["<s>", null],
            ["ab", -1],
            ["cd", -2],
            ["more", -3]
          ],
          { text: "abcdmore" }
        )
        const { route } = yield* routeTo(provider, answerAll(marked))
        assert.deepStrictEqual((yield* scoreOf(route, "ab", "cd")).tokens, [{ token: "cd", logProb: -2 }])
        assert.deepStrictEqual((yield* scoreOf(route, "", "abcd")).tokens, [
          { token: "ab", logProb: -1 },
          { token: "cd", logProb: -2 }
        ])
      })
    )

    it.live("scoring keeps the parts of a character that are tokens of their own", () =>
      Effect.gen(function* () {
        const tokens = [
          ["a", null],
          ["", -1],
          ["", -2],
          ["😀", -3],
          ["b", -4]
        ] as const
        const { route } = yield* routeTo(provider, answerAll(echoed(tokens)))
        const { tokens: found } = yield* scoreOf(route, "a", "😀b")
        assert.deepStrictEqual(
          found.map(({ logProb }) => logProb),
          [-1, -2, -3, -4]
        )
      })
    )

    it.live("scoring gives an answer's tokens behind messages, in the server's own template", () =>
      Effect.gen(function* () {
        const { route, server } = yield* routeTo(
          provider,
          {},
          { extraBody: { chat_template_kwargs: { enable_thinking: false } }, maxTokensField: "max_tokens" }
        )
        const scored = yield* scoreOf(route, messages, reply)
        assert.deepStrictEqual(scored.tokens, pairsOf(score(renderChat(asRecords(messages), true, false), reply, 0)))
        assert.strictEqual(scored.tokens.map(({ token }) => token).join(""), reply)
        assert.deepStrictEqual(
          server.seen.map(({ path }) => path),
          ["/tokenize", "/v1/chat/completions"]
        )
        const [counted, asked] = server.seen.map(({ body }) => asObject(body))
        assert.deepInclude(counted, { add_generation_prompt: true, chat_template_kwargs: { enable_thinking: false } })
        assert.deepInclude(asked, {
          prompt_logprobs: 0,
          max_tokens: 1,
          continue_final_message: true,
          add_generation_prompt: false,
          chat_template_kwargs: { enable_thinking: false }
        })
        assert.strictEqual(
          scored.usage!.promptTokens,
          tokenise(renderChat(asRecords(messages), true, false) + reply).length
        )
      })
    )

    it.live("scoring begins behind messages at the first token that has become another", () =>
      Effect.gen(function* () {
        const place = (id: number, token: string, logprob: number) => ({
          [id]: { logprob, rank: 1, decoded_token: token }
        })
        const given = [null, place(2, "<a>", -1), place(9, "\n\n", -2), place(4, "x", -3)]
        const { route } = yield* routeTo(provider, {
          plan: ({ path }) => ({
            kind: "answer",
            body: path === "/tokenize" ? { count: 3, tokens: [1, 2, 3] } : { model: "m", prompt_logprobs: given }
          })
        })
        assert.deepStrictEqual((yield* scoreOf(route, messages, "\nx")).tokens, [
          { token: "\n\n", logProb: -2 },
          { token: "x", logProb: -3 }
        ])
        const changed = yield* Effect.flip(scoreOf(route, messages, "y"))
        assert.strictEqual((changed as { reason?: string }).reason, "malformed")
        assert.match(changed.message, /the chat template changes it/)
      })
    )

    it.live("scoring embeds a text as numbers, in the dimensions that were asked for", () =>
      Effect.gen(function* () {
        const { route, server } = yield* routeTo(provider)
        const raw = numbersOf("embedding", "a text", 16)
        const embedding = yield* route.embed!({ text: "a text", model: "other", dimensions: 16 }, loneCall)
        const length = Math.sqrt(raw.reduce((sum, number) => sum + number ** 2, 0))
        embedding.vector.forEach((number, i) => assert.closeTo(number, raw[i]! / length, 1e-12))
        assert.strictEqual(embedding.model, "other")
        assert.deepStrictEqual(embedding.usage, { promptTokens: 2, completionTokens: 0 })
        assert.deepStrictEqual(server.seen[0]!.body, {
          model: "other",
          input: "a text",
          encoding_format: "float",
          dimensions: 16
        })
        assert.strictEqual((yield* route.embed!({ text: "a text", model: null }, loneCall)).vector.length, 8)
        const short = yield* routeTo(provider, answerAll({ data: [{ embedding: [1, 2] }] }))
        const error = yield* Effect.flip(short.route.embed!({ text: "a", model: null, dimensions: 3 }, loneCall))
        assert.match(error.message, /2 dimensions where 3 were asked for/)
      })
    )

    it.live("scoring reads an embedding that comes as Base64 of 32-bit floats though numbers were asked for", () =>
      Effect.gen(function* () {
        // numpy.array([0.5, -2.25, 1e-3], dtype="<f4")
        const { route } = yield* routeTo(provider, answerAll({ data: [{ embedding: "AAAAPwAAEMBvEoM6" }] }))
        const { vector } = yield* route.embed!({ text: "a", model: null, dimensions: 3 }, loneCall)
        assert.deepStrictEqual(vector, [0.5, -2.25, Math.fround(1e-3)])
      })
    )

    it.live("scoring asks a reward model at the path that is given, and reads one score or one for each class", () =>
      Effect.gen(function* () {
        const conversation = renderChat(asRecords([...messages, { role: "assistant", content: reply }]), false, false)
        const activated = (purpose: string, n: number) => {
          const powers = numbersOf("class", purpose, n).map((number) => Math.exp(5 * number))
          const sum = powers.reduce((total, power) => total + power, 0)
          return n === 1 ? [powers[0]! / (1 + powers[0]!)] : powers.map((power) => power / sum)
        }
        const pair = `${messages.map(({ content }) => content).join("\n\n")}${reply}`
        for (const [rewardPath, classes, text] of [
          [undefined, 1, conversation],
          ["/pooling", 3, conversation],
          ["/classify", 3, conversation],
          ["/score", 1, pair]
        ] as const) {
          const { route, server } = yield* routeTo(
            provider,
            { classes },
            rewardPath === undefined ? {} : { rewardPath }
          )
          const reward = yield* route.reward!({ messages, text: reply, model: null }, loneCall)
          const expected = activated(text, classes)
          assert.strictEqual(reward.scores.length, classes)
          reward.scores.forEach((number, i) => assert.closeTo(number, expected[i]!, 1e-12, rewardPath))
          assert.deepStrictEqual(
            server.seen.map(({ path }) => path),
            [rewardPath ?? "/pooling"]
          )
        }
      })
    )

    it.live("scoring takes the last token's scores of a model that scores every token", () =>
      Effect.gen(function* () {
        const { route } = yield* routeTo(provider, answerAll({ data: [{ data: [[0.1], [0.2], [0.3]] }] }))
        assert.deepStrictEqual((yield* route.reward!({ messages, text: "x", model: null }, loneCall)).scores, [0.3])
      })
    )

    it.live("scoring offers what the capabilities name and nothing else", () =>
      Effect.gen(function* () {
        const offered = Effect.fnUntraced(function* (capabilities: NonNullable<EndpointOptions["capabilities"]>) {
          const { route, server } = yield* routeTo(provider, {}, { capabilities })
          return { route, server, names: (["score", "embed", "reward"] as const).filter((name) => name in route) }
        })
        assert.deepStrictEqual((yield* offered([])).names, [])
        assert.deepStrictEqual((yield* offered(["embed"])).names, ["embed"])
        assert.deepStrictEqual((yield* offered(["reward"])).names, ["reward"])
        const text = yield* offered(["scoreText"])
        assert.deepStrictEqual(text.names, ["score"])
        const error = yield* Effect.flip(scoreOf(text.route, messages, "x"))
        assert.deepInclude(error, { reason: "unsupported" })
        assert.strictEqual(text.server.requests, 0)
        const chat = yield* offered(["scoreChat"])
        assert.deepInclude(yield* Effect.flip(scoreOf(chat.route, "x", "y")), { reason: "unsupported" })
      })
    )

    const body = (more: object) => ({ model: "m", ...more })
    const logprobs = (more: object) => body({ choices: [{ text: "ab", ...more }] })
    const lists = { tokens: ["a", "b"], token_logprobs: [null, -1], text_offset: [0, 1] }
    const malformed: ReadonlyArray<readonly [name: string, kind: "score" | "embed" | "reward", answer: unknown]> = [
      ["no choices", "score", body({ choices: [] })],
      ["no log-probabilities", "score", logprobs({ logprobs: null })],
      ["lists of different lengths", "score", logprobs({ logprobs: { ...lists, text_offset: [0] } })],
      ["a prompt that is not repeated", "score", body({ choices: [{ text: "b", logprobs: lists }] })],
      ["offsets that fit no token", "score", logprobs({ logprobs: { ...lists, text_offset: [0, 2] } })],
      ["null for a later token", "score", logprobs({ logprobs: { ...lists, token_logprobs: [-1, null] } })],
      ["a log-probability above 0", "score", logprobs({ logprobs: { ...lists, token_logprobs: [null, 0.5] } })],
      ["a text for a log-probability", "score", logprobs({ logprobs: { ...lists, token_logprobs: [null, "-1"] } })],
      ["no data", "embed", body({})],
      ["two embeddings", "embed", body({ data: [{ embedding: [1] }, { embedding: [1] }] })],
      ["an empty embedding", "embed", body({ data: [{ embedding: [] }] })],
      ["Base64 of no floats", "embed", body({ data: [{ embedding: "AAAA" }] })],
      ["a text that is no Base64", "embed", body({ data: [{ embedding: "AAAAAA*=" }] })],
      ["Base64 of a float that is no number", "embed", body({ data: [{ embedding: "AADAfw==" }] })],
      ["null in an embedding", "embed", body({ data: [{ embedding: [1, null] }] })],
      ["no scores", "reward", body({ data: [{}] })],
      ["null for a score", "reward", body({ data: [{ data: [null] }] })],
      ["a list", "reward", [1, 2]]
    ]
    for (const [name, kind, answer] of malformed) {
      it.live(`scoring refuses ${name}`, () =>
        Effect.gen(function* () {
          const { route } = yield* routeTo(provider, answerAll(answer))
          const error = yield* Effect.flip(ask(route, kind))
          assert.deepInclude(error, { reason: "malformed", mayBeBilled: true, model: "m" })
        })
      )
    }

    it.live("scoring refuses numbers that are none, however they are written", () =>
      Effect.gen(function* () {
        for (const number of ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"]) {
          const texts = {
            score: `{"choices":[{"text":"ab","logprobs":{"tokens":["a","b"],"token_logprobs":[null,${number}],"text_offset":[0,1]}}]}`,
            embed: `{"data":[{"embedding":[0.5,${number}]}]}`,
            reward: `{"data":[{"data":[${number}]}]}`
          }
          for (const [kind, text] of Object.entries(texts)) {
            const plan = (): Fault => ({ kind: "status", status: 200, body: text })
            const { route } = yield* routeTo(provider, { plan })
            const error = yield* Effect.flip(ask(route, kind as keyof typeof texts))
            assert.deepInclude(error, { reason: "malformed" }, `${kind} ${number}`)
          }
        }
      })
    )
  })
}

const asRecords = (some: ReadonlyArray<Message>) => some.map((message) => ({ ...message }))

const ask = (route: Route, kind: "score" | "embed" | "reward"): Effect.Effect<unknown, unknown> =>
  kind === "score"
    ? scoreOf(route, "a", "b")
    : kind === "embed"
      ? route.embed!({ text: "a", model: null }, loneCall)
      : route.reward!({ messages, text: "a", model: null }, loneCall)
