import * as Context from "effect/Context"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import type { CallRecord } from "../Run.ts"
import type { CallFacts } from "./callFacts.ts"
import { nanoseconds } from "./StageTimes.ts"

/**
 * Makes a span of each try of a call, below `parent`, with the attributes of the GenAI semantic conventions.
 *
 * It says how the model was asked and what the answer took, never what was asked or answered. What went wrong is told by its
 * reason, because the words of a server may quote the prompt.
 *
 * Source: https://github.com/open-telemetry/semantic-conventions-genai
 */
export const callSpans =
  (tracer: Tracer.Tracer, parent: Tracer.Span) =>
  (record: CallRecord, { operation, provider, request }: CallFacts): void => {
    const span = tracer.span({
      name: `${operation} ${record.model}`,
      parent: Option.some(parent),
      annotations: Context.empty(),
      links: [],
      startTime: nanoseconds(record.at - record.latencyMs),
      kind: "client",
      root: false,
      sampled: true
    })
    const { answers = [], usage } = record
    const server = URL.parse(record.endpoint)
    const attributes: Readonly<Record<string, unknown>> = {
      "gen_ai.operation.name": operation,
      "gen_ai.provider.name": provider,
      "gen_ai.request.model": record.model,
      "gen_ai.request.choice.count": record.requests.length === 1 ? undefined : record.requests.length,
      "gen_ai.request.temperature": numberIn(request, "temperature"),
      "gen_ai.request.top_p": numberIn(request, "top_p", "topP"),
      "gen_ai.request.max_tokens": numberIn(request, "max_completion_tokens", "max_tokens", "maxTokens"),
      "gen_ai.request.seed": numberIn(request, "seed"),
      "gen_ai.response.model": textIn(answers[0], "model"),
      "gen_ai.response.finish_reasons": finishReasons(answers),
      "gen_ai.usage.input_tokens": usage?.promptTokens,
      "gen_ai.usage.output_tokens": usage?.completionTokens,
      "prefloom.cost_usd": record.costUsd ?? undefined,
      "server.address": server === null ? undefined : server.hostname,
      "server.port": server === null ? undefined : portOf(server),
      "error.type": record.problem === undefined ? undefined : (record.reason ?? "_OTHER")
    }
    for (const [name, value] of Object.entries(attributes)) if (value !== undefined) span.attribute(name, value)
    span.end(nanoseconds(record.at), record.problem === undefined ? Exit.void : Exit.fail(record.reason ?? "_OTHER"))
  }

const valueIn = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined

const textIn = (value: unknown, name: string): string | undefined => {
  const found = valueIn(value, name)
  return typeof found === "string" ? found : undefined
}

const numberIn = (value: unknown, ...names: ReadonlyArray<string>): number | undefined =>
  names.map((name) => valueIn(value, name)).find((found) => typeof found === "number")

const finishReasons = (answers: ReadonlyArray<unknown>): ReadonlyArray<string> | undefined => {
  const reasons = answers.flatMap((answer) => textIn(answer, "finishReason") ?? [])
  return reasons.length === 0 ? undefined : reasons
}

const portOf = ({ port, protocol }: URL): number => (port === "" ? (protocol === "https:" ? 443 : 80) : Number(port))
