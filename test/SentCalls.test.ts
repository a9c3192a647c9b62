import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import { migrateJournal } from "../src/migrateJournal.ts"
import type { OpenCall } from "../src/OpenCalls.ts"
import { SentCalls } from "../src/SentCalls.ts"

const call: OpenCall = { model: "m", tokens: 10, costUsd: 0.5 }

const journal = (): DatabaseSync => {
  const database = new DatabaseSync(":memory:")
  migrateJournal(database)
  return database
}

const answer = (database: DatabaseSync, key: string, text: string) =>
  database
    .prepare(
      `INSERT INTO calls (key, provider, endpoint, model, request, answer, promptTokens, completionTokens, latencyMs, answeredAt,
        failure, costUsd, session) VALUES (?, 'p', 'e', 'm', '{}', ?, 0, 0, 0, 0, NULL, 0, 1)`
    )
    .run(key, text)

const keysIn = (sent: SentCalls) => [...sent.calls.keys()].toSorted()

describe("SentCalls", () => {
  it("SentCalls finds what an earlier process of the same run left, and nothing of another run", () => {
    const database = journal()
    const sent = new SentCalls(database, "run", false)
    for (const key of ["a", "b", "c"]) sent.add(key, call)
    new SentCalls(database, "run 2", false).add("d", call)
    sent.remove("b")
    const later = new SentCalls(database, "run", false)
    assert.deepStrictEqual(keysIn(later), ["a", "c"])
    assert.deepStrictEqual(later.calls.get("a"), call)
    assert.deepStrictEqual(keysIn(new SentCalls(database, "run 2", false)), ["d"])
  })

  it("SentCalls forgets what was answered to another run, and all when a run starts afresh", () => {
    const database = journal()
    const sent = new SentCalls(database, "run", false)
    for (const key of ["a", "b"]) sent.add(key, call)
    answer(database, "a", "1")
    answer(database, "b", "null")
    assert.deepStrictEqual(keysIn(new SentCalls(database, "run", false)), ["b"])
    assert.deepStrictEqual(keysIn(new SentCalls(database, "run", true)), [])
    assert.deepStrictEqual(database.prepare("SELECT * FROM notes").all(), [])
  })

  it("SentCalls takes back what a transaction that failed would have written, and nothing else", () => {
    const database = journal()
    const sent = new SentCalls(database, "run", false)
    for (const key of ["a", "b"]) sent.add(key, call)
    sent.settle()
    database.exec("BEGIN")
    sent.remove("a")
    sent.add("b", { ...call, tokens: 99 })
    sent.add("c", call)
    sent.remove("c")
    database.exec("ROLLBACK")
    sent.undo()
    assert.deepStrictEqual(sent.calls, new SentCalls(database, "run", false).calls)
    assert.deepStrictEqual(Object.fromEntries(sent.calls), { a: call, b: call })
  })
})
