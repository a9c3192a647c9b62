import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { journalBytes, openJournalFile } from "../src/JournalFile.ts"
import { type PruneConditions, pruneJournal } from "../src/pruneJournal.ts"
import { writeJournal } from "./journalFixture.ts"

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-prune-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

const calls = [
  { key: "a", model: "m", answeredAt: 1000, costUsd: 0.5 },
  { key: "b", model: "m", answeredAt: 2000, failure: { reason: "unusable" }, costUsd: 0.25 },
  { key: "c", model: "n", answeredAt: 1000, endpoint: "here" },
  { key: "d", model: "n", answeredAt: 2000, provider: "scripted" }
]

const prune = (file: string, conditions: PruneConditions, dryRun = false) =>
  Effect.scoped(
    Effect.flatMap(openJournalFile(file, dryRun ? "read" : "write"), (journal) =>
      pruneJournal(journal, conditions, { dryRun })
    )
  )

const keysIn = (file: string) =>
  Effect.scoped(
    Effect.map(openJournalFile(file, "read"), ({ database }) =>
      database
        .prepare("SELECT key FROM knownCalls ORDER BY key")
        .all()
        .map((row) => row["key"])
        .join("")
    )
  )

describe("pruneJournal", () => {
  it.effect.each<readonly [PruneConditions, string]>([
    [{ model: "m" }, "cd"],
    [{ endpoint: "here" }, "abd"],
    [{ provider: "scripted" }, "abc"],
    [{ failures: true }, "acd"],
    [{ before: 2000 }, "bd"],
    [{ before: 2000, model: "m" }, "bcd"],
    [{ model: "m' OR '1'='1" }, "abcd"]
  ])("pruneJournal removes what meets every condition %o", ([conditions, left]) =>
    Effect.gen(function* () {
      const file = writeJournal(yield* temporaryFolder, { calls })
      const would = yield* prune(file, conditions, true)
      assert.strictEqual(yield* keysIn(file), "abcd")
      const did = yield* prune(file, conditions)
      assert.strictEqual(yield* keysIn(file), left)
      assert.strictEqual(did.answers + did.failures, 4 - left.length)
      assert.deepStrictEqual([would.answers, would.failures, would.costUsd], [did.answers, did.failures, did.costUsd])
    })
  )

  it.effect("pruneJournal makes the file smaller and leaves what was spent and who asked", () =>
    Effect.gen(function* () {
      const file = writeJournal(yield* temporaryFolder, {
        calls: [
          ...calls,
          ...Array.from({ length: 500 }, (_, i) => ({ key: `k${i}`, model: "big", answer: "x".repeat(2000) }))
        ],
        sessions: [{}],
        spent: [["r", "big", 500, 1, 1, 2.5, 0, 0, 0, 0]]
      })
      const before = journalBytes(file)
      const dry = yield* prune(file, { model: "big" }, true)
      assert.isAbove(dry.bytes, 1e6)
      const pruned = yield* prune(file, { model: "big" })
      assert.strictEqual(before - journalBytes(file), pruned.bytes)
      assert.isAbove(pruned.bytes, 1e6)
      const { database } = yield* openJournalFile(file, "read")
      assert.strictEqual(database.prepare("SELECT costUsd FROM knownSpent").get()!["costUsd"], 2.5)
      assert.lengthOf(database.prepare("SELECT * FROM knownSessions").all(), 1)
    })
  )

  it.effect("pruneJournal works on version 1 and leaves it version 1", () =>
    Effect.gen(function* () {
      const file = writeJournal(yield* temporaryFolder, { version: 1, calls })
      assert.deepInclude(yield* prune(file, { failures: true }), { answers: 0, failures: 0, bytes: 0 })
      assert.deepInclude(yield* prune(file, { model: "m" }), { answers: 2, costUsd: null })
      assert.strictEqual((yield* openJournalFile(file, "read")).version, 1)
    })
  )
})
