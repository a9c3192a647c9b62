import * as Effect from "effect/Effect"
import type {
  Call,
  Capability,
  EmbedRequest,
  Message,
  RewardRequest,
  Route,
  ScoreRequest
} from "../services/Provider.ts"
import type { Endpoint, EndpointOptions, Post } from "./Endpoint.ts"
import { readUsage } from "./readUsage.ts"
import { modelIn, readChatScore, readEmbedding, readReward, readTextScore, readTokens } from "./ScoreAnswers.ts"

/**
 * Log-probabilities, embeddings and rewards of an OpenAI-compatible server, as far as its capabilities name them.
 *
 * - A text behind a text: `/completions` with `echo`, as OpenAI's base models, vLLM and SGLang know it; nothing is generated.
 * - A text behind messages: vLLM's `/tokenize` counts what the template puts before the answer, then `prompt_logprobs` of
 *   `/chat/completions` gives the rest; one token is generated. `extraBody` goes along, since it may set the template.
 * - An embedding: `/embeddings`, as numbers.
 * - A reward: vLLM's `/pooling`, `/classify` or `/score`. Scores are as the server scales them: unless it is started with
 *   another pooler configuration, vLLM puts them through sigmoid or softmax. Of a model that scores every token, the last
 *   one's count. `/score` knows no roles and compares the messages, joined by blank lines, with the text.
 *
 * An answer in another form, or with a number that is none, is malformed. Formats: OpenAI's API reference; vLLM's
 * OpenAI-compatible server and pooling models (`vllm/entrypoints`, `protocol.py` of each endpoint).
 */
export const scoring = (
  endpoint: Endpoint,
  options: EndpointOptions,
  capabilities: ReadonlyArray<Capability>,
  post: Post
): Pick<Route, "score" | "embed" | "reward"> => {
  const can = (capability: Capability) => capabilities.includes(capability)

  /** Posts, and reads the answer with a function that tells what is wrong with it. */
  const ask = <A extends object>(
    path: string,
    body: object,
    model: string,
    call: Call,
    read: (response: unknown) => A | string
  ) =>
    Effect.flatMap(post(path, { model, ...body }, model, call), (response) => {
      const answer = read(response)
      if (typeof answer === "string") return Effect.fail(endpoint.unusable(model, answer, response))
      return Effect.succeed({ ...answer, model: modelIn(response) ?? model, usage: readUsage(response) })
    })

  const scoreText = (context: string, text: string, model: string, call: Call) =>
    ask(
      "/completions",
      // Where `logprobs` is 0, SGLang gives none for the prompt.
      { prompt: context + text, max_tokens: 0, echo: true, logprobs: 1 },
      model,
      call,
      (response) => readTextScore(response, context, text)
    )

  const scoreChat = Effect.fnUntraced(function* (
    context: ReadonlyArray<Message>,
    text: string,
    model: string,
    call: Call
  ) {
    const before = yield* ask(
      "root:/tokenize",
      { ...options.extraBody, messages: context, add_generation_prompt: true },
      model,
      call,
      readTokens
    )
    return yield* ask(
      "/chat/completions",
      {
        ...options.extraBody,
        messages: [...context, { role: "assistant", content: text }],
        add_generation_prompt: false,
        continue_final_message: true,
        prompt_logprobs: 0,
        [options.maxTokensField ?? "max_completion_tokens"]: 1
      },
      model,
      call,
      (response) => readChatScore(response, before.ids, text)
    )
  })

  const score = ({ context, model: asked, text }: ScoreRequest, call: Call) => {
    const model = asked ?? options.model
    const needed = typeof context === "string" ? "scoreText" : "scoreChat"
    if (!can(needed)) {
      const found = `the provider cannot ${needed}`
      return Effect.fail(endpoint.fail("unsupported", model, found, "use a provider whose capabilities include it"))
    }
    return typeof context === "string" ? scoreText(context, text, model, call) : scoreChat(context, text, model, call)
  }

  const embed = ({ dimensions, model, text }: EmbedRequest, call: Call) =>
    ask(
      "/embeddings",
      { input: text, encoding_format: "float", ...(dimensions === undefined ? {} : { dimensions }) },
      model ?? options.model,
      call,
      (response) => readEmbedding(response, dimensions)
    )

  const reward = ({ messages, model, text }: RewardRequest, call: Call) => {
    const path = options.rewardPath ?? "/pooling"
    const body =
      path === "/score"
        ? { text_1: messages.map(({ content }) => content).join("\n\n"), text_2: text }
        : { messages: [...messages, { role: "assistant", content: text }] }
    return ask(`root:${path}`, body, model ?? options.model, call, readReward)
  }

  return {
    ...(can("scoreText") || can("scoreChat") ? { score } : {}),
    ...(can("embed") ? { embed } : {}),
    ...(can("reward") ? { reward } : {})
  }
}
