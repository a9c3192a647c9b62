import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { openJournalFile } from "../src/JournalFile.ts"
import { journalCall, journalLines } from "../src/journalLines.ts"
import { chatRequest, writeJournal } from "./journalFixture.ts"

describe("journalLines", () => {
  it.effect("journalLines gives every call as data, in the order they came, or the failures alone", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-lines-"))),
        (made) => Effect.sync(() => fs.rmSync(made, { recursive: true, force: true }))
      )
      const failure = { reason: "unusable", found: "no JSON", remedy: "none" }
      const file = writeJournal(folder, {
        calls: [
          { key: "b", answer: { text: "Because." }, promptTokens: 4, completionTokens: 2, costUsd: 0.5, latencyMs: 12 },
          { key: "a", failure, request: chatRequest({ user: "Other?" }) }
        ]
      })
      const journal = yield* openJournalFile(file, "read")
      const all = [...journalLines(journal, { failures: false })]
      assert.deepStrictEqual(all[0], {
        key: "b",
        provider: "openai",
        endpoint: "https://a.example/v1",
        model: "m",
        request: chatRequest(),
        answer: { text: "Because." },
        failure: null,
        promptTokens: 4,
        completionTokens: 2,
        costUsd: 0.5,
        latencyMs: 12,
        answeredAt: "2023-11-14T22:13:20.000Z"
      })
      assert.deepInclude(all[1]!, { key: "a", answer: null, failure, costUsd: null, promptTokens: null })
      assert.deepStrictEqual([...journalLines(journal, { failures: true })], all.slice(1))
      const { key: _key, ...second } = all[1]!
      assert.deepStrictEqual(journalCall(journal, "a"), second)
      assert.isNull(journalCall(journal, "c"))
    })
  )
})
