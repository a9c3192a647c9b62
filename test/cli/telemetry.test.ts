import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, assert, describe, it, vi } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import { telemetry } from "../../src/cli/telemetry.ts"
import { Progress } from "../../src/Progress.ts"
import type { CallRecord } from "../../src/Run.ts"

afterEach(() => void vi.unstubAllEnvs())

interface Attribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

interface Span {
  readonly name: string
  readonly kind: number
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: ReadonlyArray<Attribute>
  readonly status: { readonly code: number; readonly message?: string }
}

interface Point {
  readonly attributes: ReadonlyArray<Attribute>
  readonly asDouble?: number
  readonly count?: number
  readonly sum?: number
  readonly bucketCounts?: ReadonlyArray<number>
  readonly explicitBounds?: ReadonlyArray<number>
}

interface Posted {
  readonly path: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

/** A collector that keeps what is posted to it. */
const collector = Effect.acquireRelease(
  Effect.promise(async () => {
    const posted: Array<Posted> = []
    const server = http.createServer((request, response) => {
      let body = ""
      request.setEncoding("utf8").on("data", (text: string) => (body += text))
      request.on("end", () => {
        posted.push({ path: request.url!, headers: request.headers, body })
        response.end("{}")
      })
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    return { posted, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
  }),
  ({ server }) =>
    Effect.sync(() => {
      server.closeAllConnections()
      server.close()
    })
)

const valuesOf = (attributes: ReadonlyArray<Attribute>) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))

const spansIn = (posted: ReadonlyArray<Posted>): ReadonlyArray<Span> =>
  posted
    .filter(({ path }) => path.endsWith("/traces"))
    .flatMap(({ body }) => JSON.parse(body).resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans)

const pointsOf = (posted: ReadonlyArray<Posted>, metric: string, model: string): ReadonlyArray<Point> => {
  const last = posted.findLast(({ path }) => path.endsWith("/metrics"))!
  return JSON.parse(last.body)
    .resourceMetrics.flatMap(({ scopeMetrics }: { scopeMetrics: unknown }) => scopeMetrics)
    .flatMap(({ metrics }: { metrics: unknown }) => metrics)
    .filter(({ name }: { name: string }) => name === metric)
    .flatMap(
      ({ sum, histogram }: { sum?: { dataPoints: unknown }; histogram?: { dataPoints: unknown } }) =>
        (sum ?? histogram)!.dataPoints
    )
    .filter(({ attributes }: Point) => valuesOf(attributes)["gen_ai.request.model"] === model)
}

const secretText = "nobody may read this"

const recordOf = (model: string, more: Partial<CallRecord> = {}): CallRecord => ({
  at: 1_800_000_000_500,
  endpoint: "https://models.example/v1",
  model,
  latencyMs: 1500,
  requests: [
    JSON.stringify({
      provider: "openai",
      model,
      request: { messages: [{ role: "user", content: secretText }], temperature: 0.7, max_completion_tokens: 64 }
    })
  ],
  answers: [{ text: secretText, finishReason: "stop", model: `${model}-2026` }],
  usage: { promptTokens: 30, completionTokens: 12 },
  costUsd: 0.002,
  ...more
})

const failed = (model: string): CallRecord => {
  const { answers: _, ...rest } = recordOf(model, { usage: null, costUsd: null, latencyMs: 20 })
  return { ...rest, problem: `refused: ${secretText}`, reason: "rateLimited" }
}

const started = (pipeline: string) => {
  const progress = new Progress()
  const steps = [
    { key: "jsonl", kind: "source" },
    { key: "generate", kind: "each" }
  ] as const
  return { pipeline, progress, outline: { steps, limit: null, sourceRows: null } }
}

/** Runs something with telemetry on and gives what was posted once it has ended. */
const exported = Effect.fnUntraced(function* (
  environment: Readonly<Record<string, string>>,
  act: (on: NonNullable<Effect.Success<ReturnType<typeof telemetry>>>, progress: Progress) => Effect.Effect<void>,
  exit: Exit.Exit<unknown, unknown> = Exit.void
) {
  const { posted, url } = yield* collector
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
  vi.stubEnv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value.replace("$URL", url))
  const run = started("first")
  const scope = yield* Scope.make()
  const on = yield* Scope.provide(telemetry(run), scope)
  yield* act(on!, run.progress)
  yield* Scope.close(scope, exit)
  return posted
}, Effect.scoped)

describe("telemetry", () => {
  it.live("telemetry is off unless the variables ask for it", () =>
    Effect.gen(function* () {
      vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
      vi.stubEnv("OTEL_EXPORTER_OTLP_HEADERS", "a=b")
      assert.isNull(yield* telemetry(started("off")))
      vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
      vi.stubEnv("OTEL_SDK_DISABLED", "true")
      assert.isNull(yield* telemetry(started("off")))
    }).pipe(Effect.scoped)
  )

  it.live("telemetry makes a span of the run, of each stage that began and of each try, without a word of text", () =>
    Effect.gen(function* () {
      const posted = yield* exported({ OTEL_EXPORTER_OTLP_HEADERS: "x-team=a%20b,x-raw=50%" }, (on, progress) =>
        Effect.sync(() => {
          Object.assign(progress.stage("jsonl"), { rowsOut: 5 })
          progress.stage("generate")
          on.record(recordOf("spans"))
          on.record(failed("spans"))
          const embedding = { kind: "embed", provider: "openai", model: "spans", request: { text: secretText } }
          on.record(recordOf("spans", { requests: [JSON.stringify(embedding)] }))
        })
      )
      const spans = spansIn(posted)
      assert.sameMembers(
        spans.map(({ name }) => name),
        ["run first", "stage jsonl", "chat spans", "chat spans", "embeddings spans"]
      )
      const run = spans.find(({ name }) => name === "run first")!
      assert.strictEqual(run.status.code, 1)
      for (const span of spans) {
        if (span === run) continue
        assert.deepStrictEqual([span.traceId, span.parentSpanId], [run.traceId, run.spanId])
      }
      const [answered, refused] = spans.filter(({ name }) => name === "chat spans")
      assert.strictEqual(answered!.kind, 3)
      assert.deepStrictEqual(
        [answered!.startTimeUnixNano, answered!.endTimeUnixNano],
        ["1799999999000000000", "1800000000500000000"]
      )
      const said = valuesOf(answered!.attributes)
      const { values } = said["gen_ai.response.finish_reasons"] as { readonly values: ReadonlyArray<object> }
      assert.deepStrictEqual(values, [{ stringValue: "stop" }])
      delete said["gen_ai.response.finish_reasons"]
      assert.deepStrictEqual(said, {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "spans",
        "gen_ai.request.temperature": 0.7,
        "gen_ai.request.max_tokens": 64,
        "gen_ai.response.model": "spans-2026",
        "gen_ai.usage.input_tokens": 30,
        "gen_ai.usage.output_tokens": 12,
        "prefloom.cost_usd": 0.002,
        "server.address": "models.example",
        "server.port": 443
      })
      assert.include(refused!.status, { code: 2, message: "rateLimited" })
      assert.include(valuesOf(refused!.attributes), { "error.type": "rateLimited" })
      const stage = spans.find(({ name }) => name === "stage jsonl")!
      assert.include(valuesOf(stage.attributes), { "prefloom.stage.kind": "source", "prefloom.stage.rows_out": 5 })
      for (const { body, headers } of posted) {
        assert.notInclude(body, secretText)
        assert.include(headers, { "x-team": "a b", "x-raw": "50%" })
        assert.include(body, '{"key":"service.name","value":{"stringValue":"prefloom"}}')
      }
    })
  )

  it.live("telemetry measures calls by model and outcome", () =>
    Effect.gen(function* () {
      const posted = yield* exported({ OTEL_SERVICE_NAME: "nightly" }, (on) =>
        Effect.sync(() => {
          for (let i = 0; i < 3; i++) on.record(recordOf("measured"))
          on.record(failed("measured"))
          on.record(recordOf("other", { usage: null, costUsd: null }))
        })
      )
      const counted = pointsOf(posted, "prefloom.calls", "measured").map(({ asDouble, attributes }) => [
        valuesOf(attributes)["outcome"],
        asDouble
      ])
      assert.sameDeepMembers(counted, [
        ["answered", 3],
        ["rateLimited", 1]
      ])
      const [cost] = pointsOf(posted, "prefloom.cost", "measured")
      assert.closeTo(cost!.asDouble!, 0.006, 1e-12)
      assert.deepStrictEqual(pointsOf(posted, "prefloom.cost", "other"), [])
      const tokens = pointsOf(posted, "gen_ai.client.token.usage", "measured").map((point) => [
        valuesOf(point.attributes)["gen_ai.token.type"],
        point.sum,
        point.count
      ])
      assert.sameDeepMembers(tokens, [
        ["input", 90, 3],
        ["output", 36, 3]
      ])
      const durations = pointsOf(posted, "gen_ai.client.operation.duration", "measured")
      const answered = durations.find(({ attributes }) => valuesOf(attributes)["error.type"] === undefined)!
      assert.deepStrictEqual([answered.count, answered.sum], [3, 4.5])
      assert.deepStrictEqual(
        answered.explicitBounds!.map((bound) => Number(bound.toFixed(2))),
        [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
      )
      assert.strictEqual(answered.bucketCounts![8], 3)
      assert.include(posted.at(-1)!.body, '{"key":"service.name","value":{"stringValue":"nightly"}}')
    })
  )

  it.live("telemetry sends a pipeline's own spans below the run, and says that a run failed without its words", () =>
    Effect.gen(function* () {
      const posted = yield* exported(
        { OTEL_METRICS_EXPORTER: "none", OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "$URL/elsewhere/traces" },
        (on) => on.within(Effect.withSpan(Effect.void, "own")),
        Exit.fail(new Error(secretText))
      )
      assert.deepStrictEqual([...new Set(posted.map(({ path }) => path))], ["/elsewhere/traces"])
      const spans = spansIn(posted)
      const run = spans.find(({ name }) => name === "run first")!
      assert.strictEqual(run.status.code, 2)
      assert.strictEqual(spans.find(({ name }) => name === "own")!.parentSpanId, run.spanId)
      assert.notInclude(posted.map(({ body }) => body).join(""), secretText)
    })
  )

  it.live("telemetry sends protobuf where nothing else is asked for", () =>
    Effect.gen(function* () {
      const posted = yield* exported({ OTEL_EXPORTER_OTLP_PROTOCOL: "" }, () => Effect.void)
      assert.isAbove(posted.length, 0)
      for (const { headers } of posted) assert.strictEqual(headers["content-type"], "application/x-protobuf")
    })
  )

  it.live("telemetry warns of settings it cannot use", () =>
    Effect.gen(function* () {
      const warnings: Array<unknown> = []
      const on = Effect.provide(
        telemetry(started("bad")),
        Logger.layer([Logger.make(({ message }) => void warnings.push(message))])
      )
      vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
      vi.stubEnv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
      assert.isNull(yield* on)
      vi.stubEnv("OTEL_EXPORTER_OTLP_PROTOCOL", "")
      vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318")
      assert.isNull(yield* on)
      vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
      vi.stubEnv("OTEL_RESOURCE_ATTRIBUTES", "a=%E0%A4%A")
      assert.isNull(yield* on)
      vi.stubEnv("OTEL_RESOURCE_ATTRIBUTES", "")
      vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:hidden@127.0.0.1:1")
      assert.isNull(yield* on)
      vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", "grpc://me:hidden@127.0.0.1:1")
      assert.isNull(yield* on)
      assert.lengthOf(warnings, 5)
      assert.notInclude(warnings.join(), "hidden")
      assert.match(String(warnings[3]), /with a user or a password in it.*put them into OTEL_EXPORTER_OTLP_HEADERS/)
      assert.match(String(warnings[0]), /found OTEL_EXPORTER_OTLP_PROTOCOL "grpc", expected "http\/protobuf"/)
      assert.match(String(warnings[1]), /found the endpoint "localhost:4318\/v1\/traces", expected an http address/)
      assert.match(String(warnings[2]), /the run goes on without/)
    }).pipe(Effect.scoped)
  )

  it.live("telemetry says nothing at the end where all arrived, and how many requests a collector refused", () =>
    Effect.gen(function* () {
      const warnings: Array<string> = []
      const logger = Logger.layer([Logger.make(({ message }) => void warnings.push(String(message)))])
      yield* Effect.provide(
        exported({}, (on) => Effect.sync(() => on.record(recordOf("heard")))),
        logger
      )
      assert.deepStrictEqual(warnings, [])
      const { server, url } = yield* collector
      server.prependListener("request", (_, response) => void response.writeHead(403))
      yield* Effect.provide(
        exported({ OTEL_EXPORTER_OTLP_ENDPOINT: url }, (on) => Effect.sync(() => on.record(recordOf("refused")))),
        logger
      )
      assert.lengthOf(warnings, 2)
      for (const warning of warnings) assert.match(warning, /the only request failed, the last with status 403;/)
    }).pipe(Effect.scoped)
  )

  it.live(
    "telemetry lets a run end soon when no server answers",
    () =>
      Effect.gen(function* () {
        const startedAt = performance.now()
        const warnings: Array<string> = []
        yield* exported({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1/?key=hidden" }, (on) =>
          Effect.sync(() => on.record(recordOf("unheard")))
        ).pipe(Effect.provide(Logger.layer([Logger.make(({ message }) => void warnings.push(String(message)))])))
        assert.isBelow(performance.now() - startedAt, 8000)
        assert.lengthOf(warnings, 1)
        assert.match(
          warnings[0]!,
          /^Cannot export all telemetry to http:\/\/127\.0\.0\.1:1\/: all \d+ requests failed, the last with /
        )
      }),
    20_000
  )
})
