import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Progress } from "../Progress.ts"
import type { CallRecord } from "../Run.ts"
import type { RunOutline } from "./RunOutline.ts"

/** What a run that exports OpenTelemetry data plugs in. */
export interface Telemetry {
  /** Makes a span and measurements of a try of a call; for the log of the run. */
  readonly record: (record: CallRecord) => void
  /** Runs an effect so that the spans it makes belong to the run. */
  readonly within: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/** What telemetry says about a run as a whole. */
export interface TracedRun {
  readonly pipeline: string
  readonly progress: Progress
  readonly outline: RunOutline
}

/**
 * Exports spans and measurements of a run over OTLP until the scope closes; null where the standard variables do not ask for it.
 *
 * `OTEL_EXPORTER_OTLP_ENDPOINT` turns it on, or `…_TRACES_ENDPOINT` and `…_METRICS_ENDPOINT` one by one. One span for the run, one
 * for each stage and one for each try of a call, with the attributes of the GenAI semantic conventions; never the text of a prompt
 * or an answer. While it is off it costs nothing: the exporter is not even loaded. A server that does not answer never stops a
 * run, and delays its end by a few seconds at most; what did not arrive there gives a warning at the end, settings that cannot be
 * used one at the start.
 */
export const telemetry = (run: TracedRun): Effect.Effect<Telemetry | null, never, Scope.Scope> =>
  Effect.suspend(() => {
    const isWanted = variables.some((name) => (process.env[name] ?? "") !== "")
    if (!isWanted || process.env["OTEL_SDK_DISABLED"]?.toLowerCase() === "true") return Effect.succeed(null)
    return Effect.flatMap(
      Effect.promise(() => import("./exportTelemetry.ts")),
      ({ exportTelemetry }) => exportTelemetry(run)
    )
  })

const variables = [
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
  "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"
]
