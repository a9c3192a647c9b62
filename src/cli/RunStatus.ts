import * as Schema from "effect/Schema"
import type { Control } from "../Control.ts"
import type { Progress } from "../Progress.ts"
import { costOf, forecast, type RunOutline, totalRows } from "./RunOutline.ts"

/** What `prefloom ctl` asks of a run. A limit of null takes the limit away. */
export const ControlRequest = Schema.Union([
  Schema.Struct({ do: Schema.Literals(["status", "pause", "resume", "stop"]) }),
  Schema.Struct({
    do: Schema.Literal("limit"),
    limit: Schema.NullOr(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)))
  })
])
export type ControlRequest = typeof ControlRequest.Type

/**
 * The state of a run that is going, as `prefloom ctl <out> status --json` prints it.
 *
 * `limit` is the one set with `prefloom ctl`; null where there is none. `stopping` says why no more calls start. `costUsd` is null unless it is known for every model that
 * answered; `leftMs` and `costAtEndUsd` are null while nothing tells them. `limitedMs` is how long the rate
 * limit of an endpoint keeps calls that wait from it; 0 while none waits for that alone.
 */
export const RunStatus = Schema.Struct({
  pipeline: Schema.String,
  folder: Schema.String,
  pid: Schema.Int,
  elapsedMs: Schema.Finite,
  paused: Schema.Boolean,
  limit: Schema.NullOr(Schema.Int),
  stopping: Schema.NullOr(Schema.String),
  callsInFlight: Schema.Int,
  totalRows: Schema.NullOr(Schema.Int),
  stages: Schema.Array(
    Schema.Struct({
      key: Schema.String,
      kind: Schema.Literals(["source", "table", "enrich", "each", "reshape", "whole"]),
      callsPerRow: Schema.optionalKey(Schema.Union([Schema.Finite, Schema.String])),
      rowsIn: Schema.Int,
      rowsOut: Schema.Int,
      rejected: Schema.Int
    })
  ),
  endpoints: Schema.Array(
    Schema.Struct({
      endpoint: Schema.String,
      inFlight: Schema.Int,
      limit: Schema.Finite,
      problem: Schema.NullOr(Schema.String),
      limitedMs: Schema.Finite
    })
  ),
  models: Schema.Array(
    Schema.Struct({
      model: Schema.String,
      inFlight: Schema.Int,
      answered: Schema.Int,
      replayed: Schema.Int,
      failed: Schema.Int,
      retried: Schema.Int,
      lost: Schema.Int,
      promptTokens: Schema.Finite,
      completionTokens: Schema.Finite,
      estimatedTokens: Schema.Finite,
      costUsd: Schema.NullOr(Schema.Finite)
    })
  ),
  costUsd: Schema.NullOr(Schema.Finite),
  leftMs: Schema.NullOr(Schema.Finite),
  costAtEndUsd: Schema.NullOr(Schema.Finite)
})
export type RunStatus = typeof RunStatus.Type

/** What a run answers to a request: its state after it, or what is wrong with the request. */
export const ControlReply = Schema.Union([
  Schema.Struct({ status: RunStatus }),
  Schema.Struct({ problem: Schema.String })
])

/** A run that can be steered. */
export interface SteeredRun {
  readonly pipeline: string
  readonly progress: Progress
  readonly outline: RunOutline
  readonly control: Control
}

/** Reads the state of a run off its counters. */
export const statusOf = (run: SteeredRun, folder: string, elapsedMs: number): RunStatus => {
  const { control, outline, progress } = run
  const models = [...progress.models]
  const { costUsd, leftMs } = forecast(progress, elapsedMs, outline)
  return {
    pipeline: run.pipeline,
    folder,
    pid: process.pid,
    elapsedMs,
    paused: control.paused,
    limit: control.limit,
    stopping: control.stopReason,
    callsInFlight: control.busy,
    totalRows: totalRows(progress, outline),
    stages: outline.steps.map(({ callsPerRow, key, kind }) => ({
      key,
      kind,
      ...(callsPerRow === undefined ? {} : { callsPerRow }),
      ...progress.stage(key)
    })),
    endpoints: [...progress.routes].map(([endpoint, counts]) => ({
      endpoint,
      ...counts,
      limitedMs: Math.round(counts.limitedMs())
    })),
    models: models.map(([model, counts]) => ({ model, ...counts })),
    costUsd: costOf(models.map(([, counts]) => counts)),
    leftMs,
    costAtEndUsd: costUsd
  }
}
