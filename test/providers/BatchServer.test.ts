import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type BatchLine, BatchServer } from "../../src/providers/BatchServer.ts"
import { endpointsOf } from "../../src/providers/Endpoint.ts"
import { faultServer } from "../faults/FaultServer.ts"

const keyVariable = "PREFLOOM_TEST_BATCH_SERVER_KEY"

/** A server of which every answer is the same text. */
const serverOf = (text: string) =>
  Effect.map(faultServer({ plan: () => ({ kind: "answer", body: text }) }), ({ baseUrl }) => {
    const [endpoint] = endpointsOf("batch", { model: "m", baseUrl, keyVariable })
    return new BatchServer(endpoint!)
  })

const linesOf = Effect.fnUntraced(function* (text: string) {
  const server = yield* serverOf(text)
  const lines: Array<BatchLine> = []
  yield* server.lines("m", "file-1", (line) => lines.push(line))
  return lines
})

const line = (key: string, body: unknown) =>
  JSON.stringify({ custom_id: key, response: { status_code: 200, body }, error: null })

describe("BatchServer", () => {
  it.live("BatchServer hides secrets in the lines of a file, and makes half characters whole", () =>
    Effect.gen(function* () {
      const key = "sk-hush+51f0b7c2d98e4a63"
      yield* Effect.acquireRelease(
        Effect.sync(() => (process.env[keyVariable] = key)),
        () => Effect.sync(() => delete process.env[keyVariable])
      )
      const said = [`you sent ${key}`, "half \ud83d done"]
      const failed = JSON.stringify({ custom_id: "b", response: null, error: { message: `no ${key}` } })
      const text = [line("a", said), line("c", said).replace("+", "\\u002b"), failed].join("\n")
      const response = { status: 200, body: ["you sent [secret]", "half \ufffd done"] }
      assert.deepStrictEqual(yield* linesOf(text), [
        { key: "a", response, problem: "a line without a response" },
        { key: "c", response, problem: "a line without a response" },
        { key: "b", response: null, problem: "no [secret]" }
      ])
    })
  )

  it.live(
    "BatchServer reads lines of any length, the last one without its end, in time that grows with the file",
    () =>
      Effect.gen(function* () {
        // Characters of three bytes, so that what arrives at once ends within some of them.
        const long = "\u20ac".repeat(13 * 2 ** 20)
        const lines = yield* linesOf(`${line("a", long)}\n\n${line("b", "short")}\r\n${line("c", long)}`)
        assert.deepStrictEqual(
          lines.map(({ key }) => key),
          ["a", "b", "c"]
        )
        assert.isTrue(lines.every(({ key, response }) => response?.body === (key === "b" ? "short" : long)))
      }),
    15_000
  )

  it.live("BatchServer says of a line that is no JSON that the server speaks otherwise", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(linesOf(`${line("a", 1)}\n<html>`))
      assert.deepInclude(error, { reason: "malformed", remedy: "check that the server speaks OpenAI's formats" })
      assert.match(error.found, /^a line of a batch's answers: .*JSON/)
    })
  )

  it.live("BatchServer reads no more of an endless answer, or of an endless line, than fits", () =>
    Effect.gen(function* () {
      const chunk = " ".repeat(4 * 2 ** 20)
      const { baseUrl } = yield* faultServer({ plan: () => ({ kind: "endlessBody", chunk }) })
      const [endpoint] = endpointsOf("batch", { model: "m", baseUrl, keyVariable: "PREFLOOM_TEST_ABSENT_KEY" })
      const server = new BatchServer(endpoint!)
      for (const asked of [server.look("m", "batch_1"), server.lines("m", "file-1", () => {})]) {
        assert.deepInclude(yield* Effect.flip(asked as Effect.Effect<unknown, unknown>), {
          reason: "malformed",
          found: "an answer of more than 64 MiB"
        })
      }
    })
  )
})
