import * as crypto from "node:crypto"
import { canonicalJson } from "../../src/canonicalJson.ts"
import { hash128, keyedRandom } from "../../src/math/keyedRandom.ts"

/** What the server says of the model it serves. */
export interface ServedModel {
  readonly model: string
  readonly maxModelLen: number
  /** Numbers that `/pooling` and `/classify` answer for each input. */
  readonly classes: number
}

/** Tokens that an answer costs. */
export interface Usage {
  readonly promptTokens: number
  readonly completionTokens: number
}

/** An answer before it is written to the connection. */
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON; a string or bytes as they are. */
  readonly body: unknown
  /** What the answer is billed at; absent for what costs nothing. */
  readonly usage?: Usage
}

/** An error as OpenAI writes it. */
export const errorReply = (
  status: number,
  message: string,
  more: { readonly type?: string; readonly param?: string | null; readonly code?: string | null } = {}
): Reply => ({
  status,
  body: { error: { message, type: "invalid_request_error", param: null, code: null, ...more } }
})

/** An error as vLLM writes it: its code is the status. */
export const vllmError = (message: string, param: string | null = null): Reply => ({
  status: 400,
  body: { error: { message, type: "BadRequestError", param, code: 400 } }
})

/** A body or a part of it as an object; anything else as an empty one. */
export const asObject = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {}

/** A whole number of a request; absent for anything else. */
export const asCount = (value: unknown): number | undefined =>
  Number.isInteger(value) ? Math.max(0, value as number) : undefined

/** The text of a message's content, of a string or of the text parts of a list. */
export const textOf = (content: unknown): string =>
  typeof content === "string"
    ? content
    : Array.isArray(content)
      ? content.map((part) => textOf(asObject(part)["text"])).join("")
      : ""

/** The messages of a request. */
export const messagesOf = (body: Readonly<Record<string, unknown>>): ReadonlyArray<Readonly<Record<string, unknown>>> =>
  Array.isArray(body["messages"]) ? body["messages"].map(asObject) : []

/** The tokens that a text is billed at: a quarter of its characters, rounded up. */
export const billedTokens = (text: string): number => Math.ceil(text.length / 4)

/** A name of a body: equal for equal JSON values, whatever the order of their keys. */
export const keyOf = (body: unknown): string => crypto.hash("sha256", canonicalJson(body), "base64url")

/** The answer to a request: a function of its messages or prompt, its seed and the number of the choice. */
export const answerText = (question: unknown, seed: unknown, choice: number): string => {
  const key = canonicalJson([question, seed ?? null, ...(choice === 0 ? [] : [choice])])
  return `Answer ${crypto.hash("sha256", key).slice(0, 8)}`
}

/**
 * Writes messages as the one text that the model reads: `<|role|>text` and a line feed each.
 *
 * With a generation prompt it ends in `<|assistant|>`; a final message that is to be continued has no line feed. So what
 * comes before a reply is, in characters and in tokens, the beginning of what holds the reply.
 */
export const renderChat = (
  messages: ReadonlyArray<Readonly<Record<string, unknown>>>,
  addGenerationPrompt: boolean,
  continueFinalMessage: boolean
): string => {
  const text = messages.map(({ role, content }) => `<|${textOf(role)}|>${textOf(content)}\n`).join("")
  if (continueFinalMessage) return text.slice(0, -1)
  return addGenerationPrompt ? `${text}<|assistant|>` : text
}

/** Splits a text into tokens that add up to it: role marks, line feeds, and words with the spaces before them. */
export const tokenise = (text: string): Array<string> => text.match(/<\|\w+\|>|\n|[^\S\n]*[^\s<]+|<|[^\S\n]+/g) ?? []

/** The number of a token, below 2^31. */
export const tokenId = (token: string): number => hash128(token)[0] >>> 1

/** A token that could stand at a place. */
export interface Candidate {
  readonly token: string
  readonly id: number
  readonly logprob: number
  /** 1 for the most probable. */
  readonly rank: number
}

/** A token of a text, and the most probable tokens of its place in order of their rank. */
export interface Scored extends Candidate {
  readonly top: ReadonlyArray<Candidate>
}

/**
 * Log-probabilities of the tokens of a text that follows a prefix.
 *
 * Each is a hash of all tokens up to it, so that every endpoint gives a token the same one. Those of a place add up to at
 * most 1 and fall with the rank.
 */
export const score = (prefix: string, text: string, nTop: number): Array<Scored> => {
  let state = 0
  const advance = (token: string) => (state = hash128(`${state}\u001f${token}`)[0])
  for (const token of tokenise(prefix)) advance(token)
  return tokenise(text).map((token) => {
    const random = keyedRandom("log-probability", advance(token))
    const probability = Math.exp(-0.01 - 5.99 * random())
    const rank = 1 + Math.floor(random() * Math.min(4, Math.floor(1 / probability)))
    const rest = 1 - rank * probability
    const below = Math.min(probability, rest * 0.5 ** (rank - 1))
    const at = (place: number): Candidate => {
      if (place === rank) return { token, id: tokenId(token), logprob: Math.log(probability), rank }
      const other = `${token}~${place}`
      const share = place < rank ? probability + rest * 0.5 ** place : below * 0.5 ** (place - rank)
      return { token: other, id: tokenId(other), logprob: Math.log(share), rank: place }
    }
    return { ...at(rank), top: Array.from({ length: nTop }, (_, i) => at(i + 1)) }
  })
}

/** vLLM's `prompt_logprobs`: null for the first token, then by token number the token itself and the most probable ones. */
export const promptLogprobs = (prompt: string, nTop: number) =>
  score("", prompt, nTop).map((scored, i) =>
    i === 0
      ? null
      : Object.fromEntries(
          [scored, ...scored.top].map(({ id, logprob, rank, token }) => [id, { logprob, rank, decoded_token: token }])
        )
  )

/** Numbers between -1 and 1 that are a function of a text and of what they are for. */
export const numbersOf = (purpose: string, text: string, length: number): Array<number> => {
  const random = keyedRandom(purpose, text)
  return Array.from({ length }, () => 2 * random() - 1)
}
