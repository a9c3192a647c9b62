import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as OtlpExporter from "effect/observability/OtlpExporter"
import * as OtlpMetrics from "effect/observability/OtlpMetrics"
import * as OtlpSerialization from "effect/observability/OtlpSerialization"
import * as OtlpTracer from "effect/observability/OtlpTracer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { readOwnPackage } from "../OwnPackage.ts"
import { callFacts } from "./callFacts.ts"
import { callMetrics } from "./callMetrics.ts"
import { callSpans } from "./callSpans.ts"
import { OtlpPosts } from "./OtlpPosts.ts"
import { type OtlpSettings, readOtlpSettings } from "./OtlpSettings.ts"
import { nanoseconds, StageTimes } from "./StageTimes.ts"
import type { Telemetry, TracedRun } from "./telemetry.ts"

/** Starts what `telemetry` promises, once it is known to be wanted. Gives null and a warning for settings it cannot use. */
export const exportTelemetry = (run: TracedRun): Effect.Effect<Telemetry | null, never, Scope.Scope> =>
  Effect.gen(function* () {
    const settings = readOtlpSettings(process.env)
    if (typeof settings === "string") return yield* off(settings)
    const scope = yield* Effect.scope
    const posts = new OtlpPosts()
    // Runs after what the exporters send at their end.
    yield* Effect.addFinalizer(() => Effect.forEach(posts.problems, (problem) => Effect.logWarning(problem)))
    const context = yield* Layer.buildWithScope(exporters(settings, posts), scope).pipe(
      // Pipeline files may have set variables after the provider that is there by default looked.
      Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv())
    )
    const tracer = Context.get(context, Tracer.Tracer)
    const startedAt = yield* Clock.currentTimeMillis
    const span = tracer.span({
      ...ofRun,
      name: `run ${run.pipeline}`,
      startTime: nanoseconds(startedAt),
      parent: Option.none(),
      links: [],
      kind: "internal",
      root: true
    })
    span.attribute("prefloom.pipeline", run.pipeline)
    const stages = new StageTimes(startedAt)
    const look = Effect.map(Clock.currentTimeMillis, (now) => stages.look(run.progress, now))
    yield* Effect.addFinalizer((exit) =>
      Effect.map(Effect.andThen(look, Clock.currentTimeMillis), (endedAt) => {
        endStages(tracer, span, run, stages)
        span.end(nanoseconds(endedAt), outcomeOf(exit))
      })
    )
    yield* look.pipe(Effect.andThen(Effect.sleep(250)), Effect.forever, Effect.forkScoped)
    const toSpan = callSpans(tracer, span)
    const toMetrics = callMetrics(context)
    return {
      record: (record) => {
        const facts = callFacts(record)
        toSpan(record, facts)
        toMetrics(record, facts)
      },
      within: (effect) =>
        effect.pipe(
          Effect.provideService(Tracer.ParentSpan, span),
          Effect.provideService(Tracer.Tracer, tracer)
        ) as typeof effect
    } satisfies Telemetry
  }).pipe(Effect.catchDefect((defect) => off(defect instanceof Error ? defect.message : String(defect))))

const off = (found: string): Effect.Effect<null> =>
  Effect.as(Effect.logWarning(`Cannot export telemetry: ${found}; the run goes on without`), null)

const ofRun = { annotations: Context.empty(), sampled: true } as const

const exporters = ({ metrics, protocol, serviceName, traces }: OtlpSettings, posts: OtlpPosts) => {
  const resource = {
    serviceVersion: readOwnPackage().version,
    ...(serviceName === null ? {} : { serviceName })
  }
  const layers = Layer.mergeAll(
    OtlpExporter.layerFlusher,
    traces === null ? Layer.empty : OtlpTracer.layer({ ...traces, resource }),
    metrics === null ? Layer.empty : OtlpMetrics.layer({ ...metrics, resource })
  )
  const serialization = protocol === "http/json" ? OtlpSerialization.layerJson : OtlpSerialization.layerProtobuf
  const client = Layer.effect(
    HttpClient.HttpClient,
    Effect.map(HttpClient.HttpClient, (plain) => posts.counted(plain))
  ).pipe(Layer.provide(FetchHttpClient.layer))
  return layers.pipe(Layer.provide([serialization, client]))
}

const endStages = (tracer: Tracer.Tracer, parent: Tracer.Span, run: TracedRun, stages: StageTimes): void => {
  const kinds = new Map(run.outline.steps.map(({ key, kind }) => [key, kind]))
  for (const [key, { firstMs, lastMs }] of stages.times) {
    const span = tracer.span({
      ...ofRun,
      name: `stage ${key}`,
      startTime: nanoseconds(firstMs),
      parent: Option.some(parent),
      links: [],
      kind: "internal",
      root: false
    })
    const { rejected, rowsIn, rowsOut } = run.progress.stage(key)
    span.attribute("prefloom.stage.key", key)
    span.attribute("prefloom.stage.kind", kinds.get(key) ?? "")
    span.attribute("prefloom.stage.rows_in", rowsIn)
    span.attribute("prefloom.stage.rows_out", rowsOut)
    span.attribute("prefloom.stage.rejected", rejected)
    span.end(nanoseconds(lastMs), Exit.void)
  }
}

/** Whether the run failed, without the words of its error, which may quote a server. */
const outcomeOf = (exit: Exit.Exit<unknown, unknown>): Exit.Exit<unknown, unknown> => {
  if (Exit.isSuccess(exit)) return Exit.void
  return Cause.hasInterruptsOnly(exit.cause) ? exit : Exit.fail("the run failed")
}
