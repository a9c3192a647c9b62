import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Journal } from "../../src/Journal.ts"
import * as Pipeline from "../../src/Pipeline.ts"
import { http } from "../../src/providers/http.ts"
import { openai } from "../../src/providers/openai.ts"
import { Run } from "../../src/Run.ts"
import { generate } from "../../src/stages/generate.ts"
import { services } from "../stages/collect.ts"
import type { Fault } from "./Fault.ts"
import { faultServerProcess } from "./faultServerProcess.ts"

const statuses = [408, 409, 429, 500, 502, 503, 529].map((status): Fault => ({ kind: "status", status }))

/** Everything that can go wrong; about half of it may go well on another try, the rest is about the row alone. */
const faults: ReadonlyArray<Fault> = [
  ...statuses,
  { kind: "status", status: 429, retryAfter: 0.3 },
  { kind: "late", ms: 3_000_000_000 },
  { kind: "drop", bytes: 0 },
  { kind: "drop", bytes: 40 },
  { kind: "drop", bytes: -20 },
  { kind: "truncatedJson" },
  { kind: "invalidJson" },
  { kind: "wrongContentType" },
  { kind: "emptyChoices" },
  { kind: "duplicatedChunks" },
  { kind: "endlessBody", everyMs: 20 },
  { kind: "nullContent" },
  { kind: "refusal" },
  { kind: "contentFilter" },
  { kind: "contentFilterError" },
  { kind: "contextTooLong", spelling: "openai" },
  { kind: "contextTooLong", spelling: "vllm" },
  { kind: "cutOff" },
  { kind: "moreChoices" },
  { kind: "otherModel" },
  { kind: "noUsage" }
]

const fields = { id: Schema.String, prompt: Schema.String }

function* batches(nRows: number) {
  for (let from = 0; from < nRows; from += 500) {
    const rows = Array.from({ length: Math.min(500, nRows - from) }, (_, i) => ({
      id: `row ${from + i}`,
      prompt: `Question ${from + i}`
    }))
    yield { index: from / 500, rows }
  }
}

const pipelineOf = (nRows: number) =>
  Pipeline.make(
    [{ key: "rows", kind: "source", needs: {}, gives: fields, config: {} }],
    fields,
    Stream.suspend(() => Stream.fromIterable(batches(nRows), { chunkSize: 1 }))
  ).pipe(generate({ n: 1, maxTokens: 50 }))

/** Runs all rows through a provider against a server that fails three times of ten. */
const soak = Effect.fnUntraced(function* (provider: typeof http, nRows: number) {
  const server = yield* faultServerProcess({ latencyMs: 5, plan: { rate: 0.3, faults, seed: 1 } })
  const source = provider({
    model: "m",
    baseUrl: server.baseUrl,
    concurrency: 256,
    timeoutMs: 800,
    maxTokensField: "max_tokens"
  })
  return yield* Effect.gen(function* () {
    const { progress, rejects } = yield* Run
    const given = new Set<string>()
    yield* Stream.runForEach(pipelineOf(nRows).batches, ({ rows }) =>
      Effect.sync(() => {
        for (const { id } of rows) {
          assert.isFalse(given.has(id), id)
          given.add(id)
        }
      })
    )
    const rejected = [...rejects.entries()]
    const counts = progress.model("m")
    return {
      given,
      rejected,
      counts,
      spent: (yield* Journal).spent().get("m")!,
      size: (yield* Journal).size(),
      seen: yield* server.counts
    }
  }).pipe(Effect.provide(services({ provider: source, caps: { tokens: 1e9 } })))
})

const nRows = 20_000

describe("a soak", () => {
  for (const [name, provider, n] of [
    ["http", http, nRows],
    ["openai", openai, nRows / 10]
  ] as const) {
    it.live(
      `a soak of ${n} calls of which 30 % fail ends with every row answered or rejected, through ${name}`,
      () =>
        Effect.gen(function* () {
          const { counts, given, rejected, seen, size, spent } = yield* soak(provider, n)
          assert.strictEqual(given.size + rejected.length, n)
          assert.strictEqual(new Set([...given, ...rejected.map(({ id }) => id)]).size, n)
          // What is a row's own fault is 4 of 28 faults, in the first try or a later one; few rows else run out of tries.
          const reasons = new Map<string, number>()
          for (const { reason } of rejected) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
          const ownFault = ["contentFilter", "contextTooLong", "no text"]
          for (const reason of ownFault) assert.isAbove(reasons.get(reason) ?? 0, 0, reason)
          const others = rejected.filter(({ reason }) => !ownFault.includes(reason))
          assert.isBelow(others.length, n / 500)
          for (const { detail } of others) assert.match(detail, /tries in/)
          assert.strictEqual(counts.answered, size)
          assert.strictEqual(counts.inFlight, 0)
          // Whatever the server may have billed is booked, as spent or as lost.
          assert.strictEqual(spent.calls, size)
          const { billed } = seen
          assert.isAtLeast(spent.calls + spent.lostCalls, billed.answers)
          assert.isAtLeast(
            spent.promptTokens + spent.completionTokens + spent.lostTokens,
            billed.promptTokens + billed.completionTokens
          )
          assert.isAbove(Object.keys(seen.faults).length, 15)
        }).pipe(Effect.scoped),
      180_000
    )
  }
})
