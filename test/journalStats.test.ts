import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { openJournalFile } from "../src/JournalFile.ts"
import { journalStats } from "../src/journalStats.ts"
import { quantile } from "../src/math/quantile.ts"
import { writeJournal } from "./journalFixture.ts"

const statsOf = Effect.fnUntraced(function* (content: Parameters<typeof writeJournal>[1]) {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-stats-"))),
    (made) => Effect.sync(() => fs.rmSync(made, { recursive: true, force: true }))
  )
  return yield* Effect.flatMap(openJournalFile(writeJournal(folder, content), "read"), journalStats)
}, Effect.scoped)

describe("journalStats", () => {
  it.effect("journalStats has latencies as quantile has them, failures left out", () =>
    Effect.gen(function* () {
      const latencies = Array.from({ length: 237 }, (_, i) => ((i * 7919) % 1009) + 0.5)
      const { models } = yield* statsOf({
        calls: [
          ...latencies.map((latencyMs, i) => ({ key: `k${i}`, latencyMs })),
          { key: "failed", latencyMs: 1e6, failure: { reason: "contentFilter" } },
          { key: "alone", model: "other", latencyMs: 7 }
        ]
      })
      const [most, other] = models.map(({ latencyMs }) => latencyMs!)
      const values = Float64Array.from(latencies)
      assert.approximately(most!.p50, quantile(values, 0.5), 1e-9)
      assert.approximately(most!.p95, quantile(values, 0.95), 1e-9)
      assert.approximately(most!.mean, latencies.reduce((sum, value) => sum + value, 0) / 237, 1e-9)
      assert.deepStrictEqual(other, { mean: 7, p50: 7, p95: 7 })
    })
  )

  it.effect("journalStats sums tokens and cost by model and leaves out what nobody knows", () =>
    Effect.gen(function* () {
      const stats = yield* statsOf({
        calls: [
          { key: "a", promptTokens: 10, completionTokens: 3, costUsd: 0.25, answeredAt: 2000 },
          { key: "b", promptTokens: 5, answeredAt: 1000 },
          { key: "c", failure: { reason: "unusable" }, promptTokens: 1, costUsd: 0.5, answeredAt: 3000 },
          { key: "d", model: "free" },
          { key: "g", model: "guessed", costUsd: 0.5 },
          { key: "h", model: "guessed", costUsd: 0.5, promptTokens: 3 },
          { key: "e", model: "free", failure: { reason: "unusable" } },
          { key: "f", model: "free", failure: { reason: "contentFilter" } }
        ]
      })
      assert.strictEqual(stats.answers, 5)
      assert.deepStrictEqual(stats.failures, [
        { reason: "unusable", calls: 2 },
        { reason: "contentFilter", calls: 1 }
      ])
      const [guessed, m, free] = stats.models
      assert.deepInclude(guessed!, { answers: 2, costUsd: 1, estimatedAnswers: 1 })
      assert.deepInclude(m!, { model: "m", answers: 2, failures: 1, promptTokens: 16, completionTokens: 3 })
      assert.deepInclude(m!, { costUsd: 0.75, unpricedAnswers: 1, estimatedAnswers: 0, firstAt: 1000, lastAt: 3000 })
      assert.deepInclude(free!, { answers: 1, failures: 2, promptTokens: null, costUsd: null, unpricedAnswers: 1 })
    })
  )

  it.effect.each([2, 3] as const)(
    "journalStats says what runs spent, with what was lost and what is still open (version %i)",
    (version) =>
      Effect.gen(function* () {
        const { spent, sessions } = yield* statsOf({
          version,
          sessions: [{}, { fresh: true, pipeline: "second" }],
          spent: [
            ["a", "m", 10, 100, 50, 1.5, 2, 3, 400, 0.2],
            ["a", "free", 4, 9, 9, 0, 4, 0, 0, 0]
          ],
          openCalls: [
            ["a", "m", 2],
            ["b", "m", 1]
          ]
        })
        assert.strictEqual(sessions.count, 2)
        assert.deepInclude(sessions.last!, { id: 2, fresh: true, pipeline: "second" })
        assert.deepStrictEqual(
          spent.map((row) => [row.run, row.model, row.calls, row.costUsd, row.lostCalls, row.lostUsd, row.openCalls]),
          [
            ["a", "free", 4, null, 0, 0, 0],
            ["a", "m", 10, 1.5, 3, 0.2, 2],
            ["b", "m", 0, null, 0, 0, 1]
          ]
        )
      })
  )

  it.effect("journalStats counts what was spent before a run began anew, and tells it", () =>
    Effect.gen(function* () {
      const { spent } = yield* statsOf({
        spent: [["a", "m", 10, 100, 50, 1.5, 0, 1, 40, 0.25, 4]],
        before: [
          ["a", "m", 20, 200, 100, 3, 0, 2, 80, 0.5, 1],
          ["b", "m", 1, 2, 3, 0.5, 0, 0, 0, 0, 0]
        ]
      })
      assert.deepStrictEqual(
        spent.map(({ before, calls, costUsd, lostCalls, uncountedCalls }) => [
          calls,
          costUsd,
          lostCalls,
          uncountedCalls,
          before
        ]),
        [
          [30, 4.5, 3, 5, { calls: 22, tokens: 380, costUsd: 3.5 }],
          [1, 0.5, 0, 0, { calls: 1, tokens: 5, costUsd: 0.5 }]
        ]
      )
    })
  )

  it.effect("journalStats tells imported calls from those that were paid for", () =>
    Effect.gen(function* () {
      const { imported, spent } = yield* statsOf({
        spent: [
          ["a", "m", 10, 100, 50, 1.5, 0, 0, 0, 0],
          ["import", "m", 3, 30, 15, 0.5, 0, 0, 0, 0],
          ["import", "free", 2, 0, 0, 0, 2, 0, 0, 0]
        ]
      })
      assert.deepStrictEqual(
        spent.map(({ run, costUsd }) => [run, costUsd]),
        [["a", 1.5]]
      )
      assert.deepStrictEqual(
        imported.map(({ model, calls, costUsd }) => [model, calls, costUsd]),
        [
          ["free", 2, null],
          ["m", 3, 0.5]
        ]
      )
    })
  )

  it.effect("journalStats reads an empty journal and one of version 1", () =>
    Effect.gen(function* () {
      const empty = yield* statsOf({})
      assert.deepInclude(empty, { answers: 0, failures: [], models: [], spent: [] })
      assert.isAbove(empty.bytes, 0)
      const old = yield* statsOf({ version: 1, calls: [{ key: "a" }, { key: "b" }] })
      assert.deepInclude(old, { version: 1, answers: 2, sessions: { count: 0, last: null }, spent: [] })
      assert.deepInclude(old.models[0]!, { costUsd: null, unpricedAnswers: 2 })
    })
  )
})
