import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Journal } from "../src/Journal.ts"
import { journalVersion, journalVersionOf, migrateJournal } from "../src/migrateJournal.ts"
import { writeJournal } from "./journalFixture.ts"
import { temporaryFolder } from "./stages/collect.ts"

/** The tables as the first version made them. */
const versionOne = `
  CREATE TABLE calls (
    key TEXT NOT NULL UNIQUE, provider TEXT NOT NULL, endpoint TEXT NOT NULL, model TEXT NOT NULL,
    request TEXT NOT NULL, answer TEXT NOT NULL, promptTokens INTEGER, completionTokens INTEGER,
    latencyMs REAL NOT NULL, answeredAt REAL NOT NULL);
  INSERT INTO calls VALUES ('k', 'p', 'e', 'm', '{}', '"old"', 1, 2, 3.5, 1700000000000);
  PRAGMA user_version = 1`

const tablesOf = (database: DatabaseSync) =>
  database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .all()
    .map(({ name }) => name)

describe("migrateJournal", () => {
  it("migrateJournal makes the same tables from nothing and from the first version", () => {
    const fresh = new DatabaseSync(":memory:")
    const old = new DatabaseSync(":memory:")
    old.exec(versionOne)
    for (const database of [fresh, old]) {
      migrateJournal(database)
      assert.strictEqual(journalVersionOf(database), journalVersion)
    }
    assert.deepStrictEqual(tablesOf(old), tablesOf(fresh))
    assert.includeMembers(tablesOf(old), ["calls", "notes", "openCalls", "sessions", "spent"])
    const columns = (database: DatabaseSync) => database.prepare("PRAGMA table_info(calls)").all()
    assert.deepStrictEqual(columns(old), columns(fresh))
    // Another process may have been first.
    migrateJournal(old)
    assert.strictEqual(journalVersionOf(old), journalVersion)
  })

  it.effect("migrateJournal keeps the answers of the first version", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "journal.sqlite")
      const database = new DatabaseSync(file)
      database.exec(versionOne)
      database.close()
      yield* Effect.gen(function* () {
        const journal = yield* Journal
        assert.deepStrictEqual({ ...journal.find("k") }, { answer: '"old"', failure: null })
        assert.strictEqual(journal.size(), 1)
        assert.strictEqual(journal.spent().size, 0)
      }).pipe(Effect.provide(Journal.layer(file)))
    })
  )

  it.effect("migrateJournal counts the calls that version 2 left open as lost", () =>
    Effect.gen(function* () {
      const file = writeJournal(yield* temporaryFolder, {
        version: 2,
        openCalls: [
          ["a", "m", 3],
          ["a", "other", 1],
          ["b", "m", 2]
        ]
      })
      const spent = yield* Effect.map(Journal, (journal) => journal.spent()).pipe(
        Effect.provide(Journal.layer(file, { run: "a" }))
      )
      assert.strictEqual(spent.get("m")!.lostCalls, 3)
      assert.strictEqual(spent.get("m")!.lostTokens, 15)
      assert.closeTo(spent.get("m")!.lostUsd, 0.3, 1e-12)
      assert.strictEqual(spent.get("other")!.lostCalls, 1)
      // Those of another run stay open.
      const open = new DatabaseSync(file).prepare("SELECT run, model, calls FROM openCalls").all()
      assert.deepStrictEqual(
        open.map((row) => ({ ...row })),
        [{ run: "b", model: "m", calls: 2 }]
      )
    })
  )

  it("migrateJournal leaves a file as it was when it cannot finish", () => {
    const database = new DatabaseSync(":memory:")
    database.exec(`${versionOne}; CREATE TABLE notes (name TEXT)`)
    assert.throws(() => migrateJournal(database), /notes already exists/)
    assert.strictEqual(journalVersionOf(database), 1)
    assert.deepStrictEqual(tablesOf(database), ["calls", "notes"])
  })
})
