import type * as Context from "effect/Context"
import * as Metric from "effect/Metric"
import type { CallRecord } from "../Run.ts"
import type { CallFacts } from "./callFacts.ts"

/**
 * Counts and measures calls: `gen_ai.client.operation.duration` in seconds, `gen_ai.client.token.usage` by kind of token,
 * `prefloom.calls` by outcome ("answered" or the reason of the failure) and `prefloom.cost` in US dollars; each by model.
 *
 * Every try counts. Calls without known tokens or cost are left out of those two.
 *
 * Source of the first two and their bounds: https://github.com/open-telemetry/semantic-conventions-genai
 */
export const callMetrics = (context: Context.Context<never>) => {
  const known = new Map<string, Metric.Metric<number, unknown>>()
  /** The metric of one set of attributes, made once. */
  const add = (metric: Metric.Metric<number, unknown>, attributes: Record<string, string>, value: number): void => {
    const key = JSON.stringify([metric.id, attributes])
    let one = known.get(key)
    if (one === undefined) {
      one = Metric.withAttributes(metric, attributes)
      known.set(key, one)
    }
    one.updateUnsafe(value, context)
  }
  return (record: CallRecord, { operation, provider }: CallFacts): void => {
    const about = {
      "gen_ai.operation.name": operation,
      "gen_ai.provider.name": provider,
      "gen_ai.request.model": record.model
    }
    const { costUsd, problem, reason = "_OTHER", usage } = record
    const error = problem === undefined ? {} : { "error.type": reason }
    add(duration, { ...about, ...error, unit: "s" }, record.latencyMs / 1000)
    add(calls, { ...about, outcome: problem === undefined ? "answered" : reason, unit: "{call}" }, 1)
    if (costUsd !== null) add(cost, { ...about, unit: "{USD}" }, costUsd)
    if (usage === null) return
    add(tokens, { ...about, "gen_ai.token.type": "input", unit: "{token}" }, usage.promptTokens)
    add(tokens, { ...about, "gen_ai.token.type": "output", unit: "{token}" }, usage.completionTokens)
  }
}

const powers = (first: number, factor: number, n: number) => Array.from({ length: n }, (_, i) => first * factor ** i)

const duration = Metric.histogram("gen_ai.client.operation.duration", {
  description: "Duration of a call to a model",
  boundaries: powers(0.01, 2, 14)
})
const tokens = Metric.histogram("gen_ai.client.token.usage", {
  description: "Tokens of prompts and answers",
  boundaries: powers(1, 4, 14)
})
const calls = Metric.counter("prefloom.calls", { description: "Tries of calls, by outcome", incremental: true })
const cost = Metric.counter("prefloom.cost", { description: "What answers cost", incremental: true })
