import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, assert, describe, it, vi } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/testing/TestClock"
import { openCallLog } from "../../src/cli/CallLog.ts"
import type { CallRecord } from "../../src/Run.ts"

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-calls-"))
afterAll(() => {
  vi.unstubAllEnvs()
  fs.rmSync(folder, { recursive: true, force: true })
})

const recordOf = (text: string, more: Partial<CallRecord> = {}): CallRecord => ({
  at: Date.UTC(2026, 0, 31, 12, 0, 0, 250),
  endpoint: "http://a/v1",
  model: "small",
  latencyMs: 120,
  requests: [JSON.stringify({ model: "small", request: { messages: [{ role: "user", content: text }] } })],
  usage: null,
  costUsd: null,
  ...more
})

const linesOf = (file: string) =>
  fs
    .readFileSync(file, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)

describe("CallLog", () => {
  it.effect("openCallLog writes a line for each try, every second and at the end", () =>
    Effect.gen(function* () {
      const file = path.join(folder, "lines.jsonl")
      yield* Effect.gen(function* () {
        const log = yield* openCallLog(file)
        const usage = { promptTokens: 3, completionTokens: 4 }
        log(recordOf("one\ntwo", { answers: [{ text: "yes" }], usage, costUsd: 0.01 }))
        yield* TestClock.adjust(1000)
        assert.deepStrictEqual(linesOf(file), [
          {
            time: "2026-01-31T12:00:00.250Z",
            endpoint: "http://a/v1",
            model: "small",
            latencyMs: 120,
            requests: [{ model: "small", request: { messages: [{ role: "user", content: "one\ntwo" }] } }],
            answers: [{ text: "yes" }],
            usage,
            costUsd: 0.01
          }
        ])
        log(recordOf("three", { problem: "status 503", reason: "overloaded" }))
        assert.lengthOf(linesOf(file), 1)
      }).pipe(Effect.scoped)
      assert.include(linesOf(file)[1], { problem: "status 503", reason: "overloaded", usage: null })
    })
  )

  it.effect("openCallLog keeps what is there and ends a line that was cut off", () =>
    Effect.gen(function* () {
      const file = path.join(folder, "cut.jsonl")
      fs.writeFileSync(file, '{"old":1}\n{"cut')
      yield* Effect.scoped(Effect.map(openCallLog(file), (log) => log(recordOf("new"))))
      yield* Effect.scoped(Effect.map(openCallLog(file), (log) => log(recordOf("newer"))))
      const lines = fs.readFileSync(file, "utf8").split("\n")
      assert.deepStrictEqual(lines.slice(0, 2), ['{"old":1}', '{"cut'])
      assert.lengthOf(lines, 5)
      for (const line of lines.slice(2, 4)) assert.strictEqual((JSON.parse(line) as CallRecord).model, "small")
    })
  )

  it.effect("openCallLog hides what looks like a secret of the environment", () =>
    Effect.gen(function* () {
      const file = path.join(folder, "secrets.jsonl")
      vi.stubEnv("SOME_API_KEY", " sk-1234567890\n")
      vi.stubEnv("some_password", 'with "quotes" \\')
      vi.stubEnv("LONGER_TOKEN", "sk-1234567890-and-more")
      vi.stubEnv("SHORT_SECRET", "short")
      vi.stubEnv("HARMLESS", "harmless-value")
      yield* Effect.scoped(
        Effect.map(openCallLog(file), (log) =>
          log(
            recordOf('sk-1234567890 and with "quotes" \\ and short', {
              answers: [{ text: "sk-1234567890-and-more, harmless-value" }],
              problem: "Incorrect API key provided: sk-1234567890"
            })
          )
        )
      )
      const [line] = linesOf(file)
      assert.notMatch(fs.readFileSync(file, "utf8"), /sk-1234567890|quotes|and-more/)
      assert.deepStrictEqual(line!["answers"], [{ text: "[secret], harmless-value" }])
      assert.strictEqual(line!["problem"], "Incorrect API key provided: [secret]")
      assert.include(JSON.stringify(line!["requests"]), "[secret] and [secret] and short")
    })
  )

  it.effect("openCallLog names a file that cannot be written", () =>
    Effect.gen(function* () {
      const { message } = yield* Effect.flip(Effect.scoped(openCallLog(path.join(import.meta.filename, "file.jsonl"))))
      assert.match(message, /^Cannot log calls to ".*file\.jsonl": .*(ENOTDIR|EEXIST)/)
    })
  )

  it.effect.skipIf(!fs.existsSync("/dev/full"))(
    "openCallLog warns once where a disk is full, and the run goes on",
    () =>
      Effect.gen(function* () {
        const warnings: Array<unknown> = []
        yield* Effect.gen(function* () {
          const log = yield* openCallLog("/dev/full")
          log(recordOf("lost"))
          yield* TestClock.adjust(5000)
          log(recordOf("lost, too"))
        }).pipe(
          Effect.scoped,
          Effect.provide(Logger.layer([Logger.make(({ message }) => void warnings.push(message))]))
        )
        assert.lengthOf(warnings, 1)
        assert.match(String(warnings[0]), /Cannot log calls to "\/dev\/full": ENOSPC/)
      })
  )

  it.effect("openCallLog does not hold much in memory", () =>
    Effect.gen(function* () {
      const file = path.join(folder, "large.jsonl")
      const log = yield* openCallLog(file)
      for (let i = 0; i < 11; i++) log(recordOf("x".repeat(100_000)))
      assert.isAtLeast(fs.statSync(file).size, 1_000_000)
    }).pipe(Effect.scoped)
  )
})
