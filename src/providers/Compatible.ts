import * as Effect from "effect/Effect"
import type { Call, Completion, Price, Provider, Request, Route, TokenLogProb } from "../services/Provider.ts"
import type { ScoringRequest } from "../services/scoringCanonical.ts"
import { type Endpoint, type EndpointOptions, endpointsOf, openAICapabilities, type Post } from "./Endpoint.ts"
import { echoOf } from "./echoOf.ts"
import { openAIPrices } from "./openAIPrices.ts"
import { readTokenLogProb } from "./readTokenLogProb.ts"
import { readUsage } from "./readUsage.ts"
import { scoring } from "./scoring.ts"

/** A provider that speaks the OpenAI-compatible formats over some way of sending them. */
export const compatible = (name: string, options: EndpointOptions, postOf: (endpoint: Endpoint) => Post): Provider => {
  const endpoints = endpointsOf(name, options)
  const [first] = endpoints
  const capabilities = options.capabilities ?? openAICapabilities
  const prices: Readonly<Record<string, Price>> = {
    ...(endpoints.every(({ isOpenAI }) => isOpenAI) ? openAIPrices : {}),
    ...options.prices
  }
  return {
    name,
    endpoint: options.endpointName ?? first!.baseUrl,
    defaultModel: options.model,
    simulated: false,
    capabilities,
    canonical: (request) => chatBody(request, options),
    scoringSettings: (kind, request) => scoringSettings(options, kind, request),
    routes: endpoints.map((endpoint): Route => {
      const post = postOf(endpoint)
      const many = (request: Request, n: number, call: Call) => {
        const body = chatBody(request, options)
        const model = request.model ?? options.model
        return Effect.flatMap(post("/chat/completions", n === 1 ? body : { ...body, n }, model, call), (response) => {
          const completions = readCompletions(response, model, request)
          return typeof completions === "string"
            ? Effect.fail(endpoint.unusable(model, completions, response))
            : Effect.succeed(completions)
        })
      }
      return {
        endpoint: endpoint.baseUrl,
        limits: endpoint.limits,
        complete: (request, call) => Effect.map(many(request, 1, call), ([completion]) => completion!),
        ...(capabilities.includes("samples") ? { samples: many } : {}),
        ...scoring(endpoint, options, capabilities, post)
      }
    }),
    price: (model) => prices[model] ?? null
  }
}

/** The options that decide a log-probability behind messages, or a reward, where they are not the usual ones. */
const scoringSettings = (
  { extraBody = {}, rewardPath = "/pooling" }: EndpointOptions,
  kind: "score" | "embed" | "reward",
  request: ScoringRequest
): Readonly<Record<string, unknown>> => {
  if (kind === "reward") return rewardPath === "/pooling" ? {} : { rewardPath }
  const isChat = "context" in request && typeof request.context !== "string"
  return isChat && Object.keys(extraBody).length > 0 ? { extraBody } : {}
}

/**
 * The body of a request for chat completions, without the number of samples.
 *
 * It holds what the stage asked for, whichever the model: answers are filed under it, and a temperature that is written down but not
 * sent would be a false one. Models that think before they answer (OpenAI's o-series, GPT-5 and, unless their thinking is off, its
 * successors) refuse temperatures other than 1, and count their thinking into the limit of tokens; `extraBody` goes before what
 * stages ask for, so that it can turn thinking off (`{ reasoning_effort: "none" }`) or send what they take (`{ temperature: 1 }`).
 */
export const chatBody = (
  request: Request,
  options: Pick<EndpointOptions, "model" | "maxTokensField" | "extraBody" | "capabilities">
): object => {
  const { capabilities = openAICapabilities } = options
  const body: Record<string, unknown> = { model: request.model ?? options.model, messages: request.messages }
  // A server gets no `null` it may not know.
  const add = (name: string, value: unknown) => {
    if (value !== undefined) body[name] = value
  }
  if (request.prefix !== undefined) {
    body["messages"] = [...request.messages, { role: "assistant", content: request.prefix }]
    // As vLLM and SGLang know it.
    add("add_generation_prompt", false)
    add("continue_final_message", true)
  }
  add("temperature", request.temperature)
  add("top_p", request.topP)
  add(options.maxTokensField ?? "max_completion_tokens", request.maxTokens)
  if (capabilities.includes("seed")) add("seed", request.seed)
  add("stop", request.stop)
  if (request.topLogProbs !== undefined) add("logprobs", true)
  add("top_logprobs", request.topLogProbs)
  // What a server cannot constrain it may refuse; the prompt says the form too, and every answer is checked.
  if (request.answer !== undefined && capabilities.includes("jsonSchema")) {
    add("response_format", { type: "json_schema", json_schema: { ...request.answer, strict: true } })
  }
  return options.extraBody === undefined ? body : { ...body, ...options.extraBody }
}

type Loose = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Loose => typeof value === "object" && value !== null

/** The completions of a response, or what is wrong with it: servers that only resemble OpenAI's may leave out anything. */
export const readCompletions = (
  response: unknown,
  model: string,
  request: Pick<Request, "prefix" | "topLogProbs">
): ReadonlyArray<Completion> | string => {
  const choices = isObject(response) ? response["choices"] : undefined
  if (!Array.isArray(choices) || choices.length === 0) return "an answer without choices"
  const usage = readUsage(response)
  const answeredBy = isObject(response) && typeof response["model"] === "string" ? response["model"] : model
  const completions: Array<Completion> = []
  for (const choice of choices as ReadonlyArray<unknown>) {
    const message = isObject(choice) ? choice["message"] : undefined
    if (!isObject(choice) || !isObject(message)) return "a choice without a message"
    const content = message["content"] ?? ""
    const refusal = message["refusal"] ?? null
    if (typeof content !== "string") return "an answer whose content is no text"
    const isFirst = completions.length === 0
    const place = `choices[${completions.length}].logprobs`
    const logProbs =
      request.topLogProbs === undefined ? undefined : readLogProbs(choice["logprobs"], request.topLogProbs, place)
    if (typeof logProbs === "string") return logProbs
    const echo = request.prefix === undefined ? 0 : echoOf(request.prefix, content)
    completions.push({
      text: typeof refusal === "string" ? refusal : content.slice(echo),
      finishReason: typeof refusal === "string" ? "refusal" : finishReasonOf(choice["finish_reason"]),
      model: answeredBy,
      // Of several samples the first carries what all took.
      usage: usage === null || isFirst ? usage : { promptTokens: 0, completionTokens: 0 },
      planted: null,
      ...(logProbs === undefined ? {} : { logProbs: behind(logProbs, content.slice(0, echo)) })
    })
  }
  return completions
}

const finishReasonOf = (reason: unknown): Completion["finishReason"] => {
  if (reason === "stop" || reason === "length") return reason
  return reason === "content_filter" ? "contentFilter" : "other"
}

/**
 * The sampled tokens with their alternatives, or what is wrong with them and where.
 *
 * None where a place lacks the alternatives that were asked for, as where there are no log-probabilities at all: the sampled token alone
 * does not tell how undecided the model was.
 */
const readLogProbs = (
  logProbs: unknown,
  nAlternatives: number,
  place: string
): NonNullable<Completion["logProbs"]> | string => {
  const content: unknown = isObject(logProbs) ? logProbs["content"] : null
  const read: Array<NonNullable<Completion["logProbs"]>[number]> = []
  for (const [i, entry] of (Array.isArray(content) ? content : []).entries()) {
    const token = readToken(entry)
    if (typeof token === "string") return `${token} at ${place}.content[${i}]`
    const listed: unknown = (entry as Loose)["top_logprobs"]
    const alternatives: Array<TokenLogProb> = []
    for (const [j, other] of (Array.isArray(listed) ? listed : []).entries()) {
      const alternative = readToken(other)
      if (typeof alternative === "string") return `${alternative} at ${place}.content[${i}].top_logprobs[${j}]`
      alternatives.push(alternative)
    }
    read.push({ ...token, alternatives })
  }
  return nAlternatives > 0 && read.some(({ alternatives }) => alternatives.length === 0) ? [] : read
}

/** The tokens behind those that spell an echo; all where a server lists those of its own words alone. */
const behind = (tokens: NonNullable<Completion["logProbs"]>, echo: string): NonNullable<Completion["logProbs"]> => {
  let spelt = ""
  for (let n = 0; spelt.length < echo.length && n < tokens.length;) {
    spelt += tokens[n++]!.token
    if (spelt === echo) return tokens.slice(n)
  }
  return tokens
}

const readToken = (token: unknown) =>
  isObject(token) ? readTokenLogProb(token["token"], token["logprob"]) : readTokenLogProb(null, null)
