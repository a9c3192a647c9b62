import type { TokenLogProb } from "../services/Provider.ts"
import { readTokenLogProb } from "./readTokenLogProb.ts"

type Loose = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Loose => typeof value === "object" && value !== null

/** What was read from an answer, or what is wrong with it. */
export type Read<A> = A | string

/** The model that a server names in its answer; null where it names none. */
export const modelIn = (response: unknown): string | null =>
  isObject(response) && typeof response["model"] === "string" ? response["model"] : null

const isFiniteNumber = (value: unknown): value is number => Number.isFinite(value)

const isNumbers = (value: unknown): value is ReadonlyArray<number> =>
  Array.isArray(value) && value.length > 0 && value.every(isFiniteNumber)

/** The only entry of an answer's list. */
const onlyEntry = (response: unknown): Loose => {
  const data = isObject(response) ? response["data"] : null
  return Array.isArray(data) && data.length === 1 && isObject(data[0]) ? data[0] : {}
}

/** The vector in an answer of `/embeddings`, of the dimensions that were asked for; as numbers, or as OpenAI's Base64. */
export const readEmbedding = (
  response: unknown,
  dimensions: number | undefined
): Read<{ readonly vector: ReadonlyArray<number> }> => {
  const given = onlyEntry(response)["embedding"]
  const vector = typeof given === "string" ? floatsIn(given) : given
  if (!isNumbers(vector)) return "an answer without one embedding of numbers"
  return dimensions === undefined || vector.length === dimensions
    ? { vector }
    : `an embedding of ${vector.length} dimensions where ${dimensions} were asked for`
}

/** The 32-bit floats, lowest byte first, whose Base64 a text is; none where it is not. Some servers send them whatever was asked for. */
const floatsIn = (text: string): ReadonlyArray<number> => {
  const bytes = Buffer.from(text, "base64")
  if (bytes.length % 4 !== 0 || bytes.toString("base64") !== text) return []
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i))
}

/** The `data` of a pooled model, `probs` of a classifier or `score` of a cross-encoder; of several rows of data the last one. */
export const readReward = (response: unknown): Read<{ readonly scores: ReadonlyArray<number> }> => {
  const { data, probs, score } = onlyEntry(response)
  const given = data ?? probs ?? [score]
  const last: unknown = Array.isArray(given) ? given.at(-1) : undefined
  const scores: unknown = Array.isArray(last) ? last : given
  return isNumbers(scores) ? { scores } : "an answer without the scores of one text"
}

/** The numbers of the tokens in an answer of `/tokenize`. */
export const readTokens = (response: unknown): Read<{ readonly ids: ReadonlyArray<number> }> => {
  const ids = isObject(response) ? response["tokens"] : null
  return isNumbers(ids) ? { ids } : "an answer without the numbers of the tokens"
}

interface Tokens {
  readonly tokens: ReadonlyArray<TokenLogProb>
}

/** The number of characters as Python counts them, which is how servers count. */
const nCodePoints = (text: string): number => {
  let n = 0
  for (const _ of text) n++
  return n
}

/** Parts of a character have no text of their own: servers write a replacement character, nothing, or the bytes. */
const isPart = (token: string): boolean => token === "" || token.includes("\uFFFD") || token.startsWith("bytes:")

/**
 * Reads the log-probabilities of a text behind a context from an echoed completion, or says what is wrong with it.
 *
 * `text_offset` counts code points. The token that straddles the border belongs to the text; a first token without a
 * log-probability (of an empty context) is left out. A mark that the tokeniser puts in front of the prompt shifts the offsets
 * on vLLM, which is undone. Offsets at which other tokens stand than named are refused, since they would split text and context
 * at a wrong place. Time and memory grow with context and text.
 */
export const readTextScore = (response: unknown, context: string, text: string): Read<Tokens> => {
  const choices = isObject(response) ? response["choices"] : null
  const choice: unknown = Array.isArray(choices) ? choices[0] : null
  const logProbs = isObject(choice) ? choice["logprobs"] : null
  if (!isObject(choice) || !isObject(logProbs)) return "an answer without log-probabilities"
  const { text_offset: offsets, token_logprobs: values, tokens } = logProbs
  const isWhole =
    Array.isArray(tokens) &&
    Array.isArray(values) &&
    Array.isArray(offsets) &&
    tokens.length === values.length &&
    tokens.length === offsets.length &&
    tokens.every((token) => typeof token === "string") &&
    offsets.every((offset) => Number.isInteger(offset))
  if (!isWhole) return "log-probabilities whose lists do not belong together"
  const prompt = context + text
  const echoed = choice["text"]
  if (typeof echoed !== "string" || !echoed.startsWith(prompt)) return "an answer that does not repeat the prompt"
  return tokensBehind(
    tokens,
    values,
    offsets as ReadonlyArray<number>,
    Array.from(echoed),
    nCodePoints(context),
    nCodePoints(prompt)
  )
}

const tokensBehind = (
  tokens: ReadonlyArray<string>,
  values: ReadonlyArray<unknown>,
  offsets: ReadonlyArray<number>,
  characters: ReadonlyArray<string>,
  border: number,
  end: number
): Read<Tokens> => {
  const stands = (token: string, at: number) => characters.slice(at, at + nCodePoints(token)).join("") === token
  const mark = tokens[0]
  const isMarked = mark !== undefined && offsets.length > 1 && !isPart(mark) && !stands(mark, offsets[0]!)
  const shift = isMarked ? offsets[1]! : 0
  const isLonger = characters.length > end
  const read: Array<TokenLogProb> = []
  for (let i = isMarked ? 1 : 0; i < tokens.length; i++) {
    const token = tokens[i]!
    const at = offsets[i]! - shift
    if (isLonger && at >= end) break
    if (!isPart(token) && !stands(token, at)) {
      return `a token ${JSON.stringify(token)} that does not stand at its offset ${offsets[i]}`
    }
    const next = i + 1 < tokens.length ? offsets[i + 1]! - shift : at + nCodePoints(token)
    if (at < border && next <= border) continue
    const logProb = values[i]
    if (i === 0 && logProb === null) continue
    const scored = readTokenLogProb(token, logProb)
    if (typeof scored === "string") return `${scored} at choices[0].logprobs.token_logprobs[${i}]`
    read.push(scored)
  }
  return { tokens: read }
}

/**
 * Reads the log-probabilities of an answer behind messages from vLLM's `prompt_logprobs`, or says what is wrong with them.
 *
 * `before` are the tokens of the messages with the generation prompt. Where the last of them have become others, the text
 * begins at the first of these: it straddles the border. What the template put in place of the text, other than space around
 * it, is refused.
 */
export const readChatScore = (response: unknown, before: ReadonlyArray<number>, text: string): Read<Tokens> => {
  const places = isObject(response) ? response["prompt_logprobs"] : null
  if (!Array.isArray(places) || places.length === 0) return "an answer without prompt_logprobs"
  const ids = places.map((place: unknown) => (isObject(place) ? Object.keys(place) : []))
  const differing = before.findIndex((id, i) => i > 0 && ids[i]?.[0] !== String(id))
  const from = differing === -1 ? before.length : differing
  const tokens: Array<TokenLogProb> = []
  for (const [i, place] of (places as ReadonlyArray<unknown>).slice(from).entries()) {
    const entries = isObject(place) ? Object.values(place) : []
    if (entries.length !== 1) return `${entries.length} tokens at prompt_logprobs[${from + i}], expected 1`
    const entry: Loose = isObject(entries[0]) ? entries[0] : {}
    const token = readTokenLogProb(entry["decoded_token"], entry["logprob"])
    if (typeof token === "string") return `${token} at prompt_logprobs[${from + i}]`
    tokens.push(token)
  }
  const found = tokens.map(({ token }) => token).join("")
  return tokens.some(({ token }) => token.includes("\uFFFD")) ||
    isAround(text.trim(), found, tokens[0]?.token.length ?? 0)
    ? { tokens }
    : `the tokens ${JSON.stringify(found.slice(0, 80))} where the text was expected; the chat template changes it`
}

/** Tells whether `found` is the text with space around it, or one that begins inside the first token. */
const isAround = (text: string, found: string, firstLength: number): boolean => {
  const at = found.trimEnd().length - text.length
  return found.trimEnd().endsWith(text) && (found.slice(0, at).trim() === "" || at < firstLength)
}
