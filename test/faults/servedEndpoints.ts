import { chatEndpoint, chatPrompt, completionsEndpoint } from "./completionEndpoints.ts"
import type { Fault } from "./Fault.ts"
import {
  asCount,
  asObject,
  billedTokens,
  errorReply,
  messagesOf,
  numbersOf,
  type Reply,
  renderChat,
  type ServedModel,
  tokenId,
  tokenise,
  vllmError
} from "./ServedModel.ts"

type Body = Readonly<Record<string, unknown>>

/** `POST /tokenize` of vLLM; the tokens are those of `prompt_logprobs`. */
const tokenizeEndpoint = (body: Body, served: ServedModel): Reply => {
  const prompt = typeof body["prompt"] === "string" ? body["prompt"] : chatPrompt(body)
  if (typeof prompt !== "string") return prompt
  const tokens = tokenise(prompt)
  return {
    status: 200,
    body: {
      count: tokens.length,
      max_model_len: served.maxModelLen,
      tokens: tokens.map(tokenId),
      token_strs: body["return_token_strs"] === true ? tokens : null
    }
  }
}

/** The texts of `input`, or the conversation of `messages` as the one text. */
const inputsOf = (body: Body): ReadonlyArray<string> => {
  if (body["messages"] !== undefined)
    return [renderChat(messagesOf(body), body["add_generation_prompt"] === true, false)]
  return [body["input"]].flat().filter((text) => typeof text === "string")
}

const noInput = () => errorReply(400, "'input' must be a text or a list of texts", { param: "input" })

/** A list with one entry for each text, and what reading the texts costs. */
const listReply = (
  body: Body,
  served: ServedModel,
  texts: ReadonlyArray<string>,
  id: string | null,
  data: ReadonlyArray<object>
): Reply => {
  const promptTokens = texts.reduce((sum, text) => sum + billedTokens(text), 0)
  return {
    status: 200,
    body: {
      ...(id === null ? {} : { id, created: 0 }),
      object: "list",
      model: body["model"] ?? served.model,
      data: data.map((entry, index) => ({ index, ...entry })),
      usage: {
        prompt_tokens: promptTokens,
        total_tokens: promptTokens,
        ...(id === null ? {} : { completion_tokens: 0, prompt_tokens_details: null })
      }
    },
    usage: { promptTokens, completionTokens: 0 }
  }
}

/** `POST /v1/embeddings`: vectors of length 1, as numbers or as base64 of little-endian float32. Default 8 dimensions. */
const embeddingsEndpoint = (body: Body, served: ServedModel): Reply => {
  const texts = inputsOf(body)
  if (texts.length === 0) return noInput()
  const data = texts.map((text) => {
    const raw = numbersOf("embedding", text, asCount(body["dimensions"]) ?? 8)
    const length = Math.hypot(...raw)
    const vector = raw.map((number) => number / length)
    if (body["encoding_format"] !== "base64") return { object: "embedding", embedding: vector }
    const bytes = Buffer.alloc(4 * vector.length)
    vector.forEach((number, i) => bytes.writeFloatLE(number, 4 * i))
    return { object: "embedding", embedding: bytes.toString("base64") }
  })
  return listReply(body, served, texts, null, data)
}

/** What a classifier says of a text: raw numbers, or after sigmoid or, with several classes, softmax. */
const classify = (body: Body, served: ServedModel, text: string): ReadonlyArray<number> => {
  const raw = numbersOf("class", text, served.classes).map((number) => 5 * number)
  if (body["use_activation"] === false) return raw
  const powers = raw.map((number) => Math.exp(number))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map((power) => power / (served.classes === 1 ? 1 + power : sum))
}

/** `POST /pooling` of vLLM, as a reward model answers. */
const poolingEndpoint = (body: Body, served: ServedModel): Reply => {
  const texts = inputsOf(body)
  if (texts.length === 0) return noInput()
  const data = texts.map((text) => ({ object: "pooling", data: classify(body, served, text) }))
  return listReply(body, served, texts, "pool-1", data)
}

/** `POST /classify` of vLLM. */
const classifyEndpoint = (body: Body, served: ServedModel): Reply => {
  const texts = inputsOf(body)
  if (texts.length === 0) return noInput()
  const data = texts.map((text) => {
    const probs = classify(body, served, text)
    return { label: `LABEL_${probs.indexOf(Math.max(...probs))}`, probs, num_classes: probs.length }
  })
  return listReply(body, served, texts, "classify-1", data)
}

/** `POST /score` of vLLM: one text against each of the others, or texts in pairs. */
const scoreEndpoint = (body: Body, served: ServedModel): Reply => {
  const side = (...names: ReadonlyArray<string>) =>
    [names.map((name) => body[name]).find((value) => value !== undefined)]
      .flat()
      .filter((text) => typeof text === "string")
  const left = side("text_1", "queries", "data_1")
  const right = side("text_2", "documents", "items", "data_2")
  if (left.length === 0 || right.length === 0) return vllmError("At least one text element must be given")
  if (left.length > 1 && left.length !== right.length) {
    return vllmError("Input lengths must be either 1:1, 1:N or N:N")
  }
  const pairs = right.map((text, i) => (left.length === 1 ? left[0]! : left[i]!) + text)
  const oneClass = { ...served, classes: 1 }
  const data = pairs.map((pair) => ({ object: "score", score: classify(body, oneClass, pair)[0] }))
  return listReply(body, served, pairs, "embd-1", data)
}

const endpoints: Readonly<Record<string, (body: Body, served: ServedModel, fault: Fault | null) => Reply>> = {
  "/v1/chat/completions": chatEndpoint,
  "/v1/completions": completionsEndpoint,
  "/v1/embeddings": embeddingsEndpoint,
  "/tokenize": tokenizeEndpoint,
  "/pooling": poolingEndpoint,
  "/classify": classifyEndpoint,
  "/score": scoreEndpoint,
  "/v1/score": scoreEndpoint
}

/** Answers a POST with a JSON body; null where there is no such endpoint. */
export const servedEndpoints = (
  path: string,
  body: unknown,
  served: ServedModel,
  fault: Fault | null
): Reply | null => {
  const endpoint = endpoints[path]
  if (endpoint === undefined) return null
  if (typeof body !== "object" || body === null) return errorReply(400, "The body of the request is no JSON object")
  return endpoint(asObject(body), served, fault)
}
