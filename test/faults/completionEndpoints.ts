import type { Fault } from "./Fault.ts"
import {
  answerText,
  asCount,
  billedTokens,
  errorReply,
  messagesOf,
  promptLogprobs,
  renderChat,
  type Reply,
  score,
  type Scored,
  type ServedModel,
  textOf,
  tokenise,
  vllmError
} from "./ServedModel.ts"

type Body = Readonly<Record<string, unknown>>

/** One answer of the model. */
interface Spoken {
  readonly text: string
  readonly finishReason: string
}

/** What the model says as the given choice; the token limit cuts it, and a fault changes it. */
const speak = (
  body: Body,
  question: unknown,
  choice: number,
  defaultLimit: number | undefined,
  fault: Fault | null
): Spoken => {
  const given = fault?.kind === "answer" && "text" in fault ? fault.text : null
  const whole = given ?? answerText(question, body["seed"], choice)
  const half = whole.slice(0, Math.ceil(whole.length / 2))
  const limit = asCount(body["max_completion_tokens"] ?? body["max_tokens"]) ?? defaultLimit
  const cut = (text: string, finishReason: string): Spoken =>
    limit === undefined || text.length <= 4 * limit
      ? { text, finishReason }
      : { text: text.slice(0, 4 * limit), finishReason: "length" }
  if (fault?.kind === "cutOff") return cut(half, "length")
  if (fault?.kind === "contentFilter") return cut(half, "content_filter")
  return cut(whole, "stop")
}

/** How many choices an answer has. */
const choicesOf = (body: Body, fault: Fault | null): number => {
  if (fault?.kind === "emptyChoices") return 0
  return (asCount(body["n"]) ?? 1) + (fault?.kind === "moreChoices" ? (fault.extra ?? 1) : 0)
}

/** What both endpoints wrap their choices into. */
const completionReply = (
  body: Body,
  served: ServedModel,
  fault: Fault | null,
  object: string,
  promptTokens: number,
  spoken: ReadonlyArray<Spoken>,
  rest: object
): Reply => {
  const completionTokens = spoken.reduce((sum, { text }) => sum + billedTokens(text), 0)
  const model = fault?.kind === "otherModel" ? (fault.model ?? "other-model") : (body["model"] ?? served.model)
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens
  }
  return {
    status: 200,
    body: {
      id: object === "chat.completion" ? "chatcmpl-1" : "cmpl-1",
      object,
      created: 0,
      model,
      ...rest,
      ...(fault?.kind === "noUsage" ? {} : { usage })
    },
    usage: { promptTokens, completionTokens }
  }
}

const bytesOf = (token: string) => [...Buffer.from(token)]

const chatLogprobs = (scored: ReadonlyArray<Scored>) => ({
  content: scored.map(({ token, logprob, top }) => ({
    token,
    logprob,
    bytes: bytesOf(token),
    top_logprobs: top.map((other) => ({ token: other.token, logprob: other.logprob, bytes: bytesOf(other.token) }))
  })),
  refusal: null
})

/** The text of a chat request as the model reads it, or the error of flags that exclude each other. */
export const chatPrompt = (body: Body): string | Reply => {
  const messages = messagesOf(body)
  if (messages.length === 0) return errorReply(400, "'messages' must hold at least one message", { param: "messages" })
  const addGenerationPrompt = body["add_generation_prompt"] !== false
  const continueFinalMessage = body["continue_final_message"] === true
  return addGenerationPrompt && continueFinalMessage
    ? vllmError("Cannot set both `continue_final_message` and `add_generation_prompt` to True.")
    : renderChat(messages, addGenerationPrompt, continueFinalMessage)
}

/**
 * `POST /v1/chat/completions` of OpenAI, with vLLM's `prompt_logprobs`.
 *
 * The prompt is billed at a quarter of the characters of its messages, or at its tokens where these are listed.
 */
export const chatEndpoint = (body: Body, served: ServedModel, fault: Fault | null): Reply => {
  const prompt = chatPrompt(body)
  if (typeof prompt !== "string") return prompt
  const nPromptTop = asCount(body["prompt_logprobs"])
  const spoken = Array.from({ length: choicesOf(body, fault) }, (_, i) => {
    if (fault?.kind === "refusal") return { text: fault.text ?? "I cannot help with that.", finishReason: "stop" }
    if (fault?.kind === "nullContent") return { text: "", finishReason: "stop" }
    return speak(body, body["messages"], i, undefined, fault)
  })
  const refused = fault?.kind === "refusal"
  const choices = spoken.map(({ finishReason, text }, index) => ({
    index,
    finish_reason: finishReason,
    message: {
      role: "assistant",
      content: refused || fault?.kind === "nullContent" ? null : text,
      refusal: refused ? text : null
    },
    logprobs: body["logprobs"] === true ? chatLogprobs(score(prompt, text, asCount(body["top_logprobs"]) ?? 0)) : null
  }))
  const promptTokens =
    nPromptTop === undefined
      ? billedTokens(
          messagesOf(body)
            .map(({ content }) => textOf(content))
            .join("")
        )
      : tokenise(prompt).length
  return completionReply(body, served, fault, "chat.completion", promptTokens, spoken, {
    choices,
    ...(nPromptTop === undefined ? {} : { prompt_logprobs: promptLogprobs(prompt, nPromptTop) })
  })
}

/** The parallel lists of the older completions. The first token of a text has no log-probability. */
const listedLogprobs = (scored: ReadonlyArray<Scored>, startsText: boolean, nTop: number) => {
  let offset = 0
  return {
    tokens: scored.map(({ token }) => token),
    token_logprobs: scored.map(({ logprob }, i) => (startsText && i === 0 ? null : logprob)),
    top_logprobs: scored.map(({ logprob, token, top }, i) =>
      startsText && i === 0
        ? null
        : Object.fromEntries([
            [token, logprob],
            ...top.slice(0, nTop).map((other): [string, number] => [other.token, other.logprob])
          ])
    ),
    text_offset: scored.map(({ token }) => (offset += token.length) - token.length)
  }
}

/**
 * `POST /v1/completions` of OpenAI, with `echo`, `logprobs`, and vLLM's `prompt_logprobs` in each choice.
 *
 * A prompt is a text or a list of texts. It is billed as in `chatEndpoint`.
 */
export const completionsEndpoint = (body: Body, served: ServedModel, fault: Fault | null): Reply => {
  const prompts = [body["prompt"]].flat()
  if (!prompts.every((prompt) => typeof prompt === "string") || prompts.length === 0) {
    return errorReply(400, "'prompt' must be a text or a list of texts", { param: "prompt" })
  }
  const echo = body["echo"] === true
  const nTop = asCount(body["logprobs"])
  const nPromptTop = asCount(body["prompt_logprobs"])
  const n = choicesOf(body, fault)
  const spoken = prompts.flatMap((prompt) =>
    Array.from({ length: n }, (_, i) => ({ prompt, ...speak(body, prompt, i, 16, fault) }))
  )
  const choices = spoken.map(({ finishReason, prompt, text }, index) => ({
    index,
    text: echo ? prompt + text : text,
    finish_reason: finishReason,
    logprobs:
      nTop === undefined
        ? null
        : listedLogprobs([...(echo ? score("", prompt, nTop) : []), ...score(prompt, text, nTop)], echo, nTop),
    ...(nPromptTop === undefined ? {} : { prompt_logprobs: promptLogprobs(prompt, nPromptTop) })
  }))
  const listed = nPromptTop !== undefined || (echo && nTop !== undefined)
  const promptTokens = prompts.reduce(
    (sum, prompt) => sum + (listed ? tokenise(prompt).length : billedTokens(prompt)),
    0
  )
  return completionReply(body, served, fault, "text_completion", promptTokens, spoken, { choices })
}
