import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Journal } from "../src/Journal.ts"
import { journalBytes, openJournalFile, readingJournal } from "../src/JournalFile.ts"
import { writeJournal } from "./journalFixture.ts"

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-journal-file-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

const errorOf = (place: string) => Effect.map(Effect.flip(openJournalFile(place, "read")), ({ message }) => message)

describe("openJournalFile", () => {
  it.effect("openJournalFile takes the folder of a run or the file itself, and changes no byte", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = writeJournal(folder, { calls: [{ costUsd: 0.5 }], sessions: [{}] })
      const before = fs.readFileSync(file)
      for (const place of [folder, file]) {
        const found = yield* Effect.scoped(
          Effect.map(openJournalFile(place, "read"), (journal) => ({
            file: journal.file,
            version: journal.version,
            cost: journal.database.prepare("SELECT costUsd FROM knownCalls").get()!["costUsd"]
          }))
        )
        assert.deepStrictEqual(found, { file, version: 4, cost: 0.5 })
      }
      assert.isTrue(before.equals(fs.readFileSync(file)))
    })
  )

  it.effect("openJournalFile reads version 1, whose missing columns are null and whose missing tables are empty", () =>
    Effect.gen(function* () {
      const file = writeJournal(yield* temporaryFolder, { version: 1, calls: [{ key: "k" }] })
      const { database, version } = yield* openJournalFile(file, "read")
      assert.strictEqual(version, 1)
      const row = database.prepare("SELECT key, failure, costUsd, session FROM knownCalls").get()
      assert.deepStrictEqual({ ...row }, { key: "k", failure: null, costUsd: null, session: null })
      for (const view of ["knownSessions", "knownSpent", "knownOpenCalls"])
        assert.deepStrictEqual(database.prepare(`SELECT * FROM ${view}`).all(), [])
    })
  )

  it.effect(
    "openJournalFile reads a journal in a folder that cannot be written, and says what to do where it cannot",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const file = writeJournal(folder, { calls: [{ key: "k" }] })
        const inner = path.dirname(file)
        const keyOf = Effect.scoped(
          Effect.map(openJournalFile(file, "read"), ({ database }) => {
            return database.prepare("SELECT key FROM knownCalls").get()!["key"]
          })
        )
        fs.chmodSync(folder, 0o755)
        const asReader = <A, E>(work: Effect.Effect<A, E>) =>
          Effect.acquireUseRelease(
            Effect.sync(() => {
              fs.chmodSync(inner, 0o555)
              // Permissions mean nothing to root.
              if (process.getuid?.() === 0) process.seteuid!(65_534)
            }),
            () => work,
            () =>
              Effect.sync(() => {
                if (process.getuid?.() === 0) process.seteuid!(0)
                fs.chmodSync(inner, 0o755)
              })
          )
        assert.strictEqual(yield* asReader(keyOf), "k")
        assert.deepStrictEqual(fs.readdirSync(inner), ["journal.sqlite"])

        const writer = new DatabaseSync(file)
        writer.exec("UPDATE calls SET key = 'new'")
        for (const end of ["", "-wal"]) fs.copyFileSync(`${file}${end}`, path.join(folder, `copy${end}`))
        writer.close()
        for (const end of ["", "-wal"]) fs.renameSync(path.join(folder, `copy${end}`), `${file}${end}`)
        const unread = yield* asReader(Effect.flip(keyOf))
        assert.match(unread.message, /expected .*; copy it, with the file beside it that ends in -wal/)
        assert.strictEqual(yield* keyOf, "new")
      })
  )

  it.effect("openJournalFile refuses to write when it was opened for reading", () =>
    Effect.gen(function* () {
      const journal = yield* openJournalFile(writeJournal(yield* temporaryFolder, { calls: [{}] }), "read")
      const remove = readingJournal(journal.file, () => journal.database.exec("DELETE FROM calls"))
      assert.include((yield* Effect.flip(remove)).message, "readonly")
    })
  )

  it.effect("openJournalFile says what is there in place of a journal, and what to do", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const none = yield* errorOf(folder)
      assert.include(none, path.join(folder, ".prefloom", "journal.sqlite"))
      assert.match(
        none,
        /no such file, expected a journal that a run made; name the folder that was the --out of a run/
      )
      assert.isFalse(fs.existsSync(path.join(folder, ".prefloom")))
      assert.include(yield* errorOf(path.join(folder, "nowhere")), "no such file or folder")

      const text = path.join(folder, "text.sqlite")
      fs.writeFileSync(text, "no database at all, but long enough to be looked at ".repeat(100))
      assert.match(
        yield* errorOf(text),
        /file is not a database.*; name the folder .*; where it is one, .* a copy from before/
      )

      const other = path.join(folder, "other.sqlite")
      const database = new DatabaseSync(other)
      database.exec("CREATE TABLE things (a)")
      database.close()
      assert.include(yield* errorOf(other), "an SQLite file that is no journal")

      const newer = writeJournal(folder, { version: 5 })
      assert.match(yield* errorOf(newer), /version 5, expected version 4 or earlier; .*use the newer program/)
    })
  )
})

describe("openJournalFile for writing", () => {
  it.effect("openJournalFile changes no journal that somebody has open, says who, and lets nobody in meanwhile", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = writeJournal(folder, { calls: [{ key: "k" }] })
      const write = Effect.scoped(
        Effect.map(openJournalFile(file, "write"), ({ database }) => {
          const other = new DatabaseSync(file, { timeout: 0 })
          assert.throws(() => other.exec("SELECT * FROM calls"), /database is locked/)
          other.close()
          database.exec("DELETE FROM calls")
        })
      )
      yield* Effect.gen(function* () {
        const remedy = (how: string) =>
          `Cannot use the journal "${file}": another program that has it open (the last to open it was "mine", at 1970-01-01T00:00:00.000Z), ` +
          `expected nobody who uses it; wait until that is done; a run is stopped with "prefloom ctl ${how} stop"`
        assert.strictEqual((yield* Effect.flip(write)).message, remedy("<its folder>"))
        assert.strictEqual(
          (yield* Effect.flip(Effect.scoped(openJournalFile(folder, "write")))).message,
          remedy(folder)
        )
        assert.strictEqual((yield* Journal).find("k")?.answer, "null")
      }).pipe(Effect.provide(Journal.layer(file, { pipeline: "mine" })))
      yield* write
      const { database } = yield* openJournalFile(file, "read")
      assert.deepStrictEqual(database.prepare("SELECT * FROM knownCalls").all(), [])
    })
  )
})

describe("openJournalFile for salvage", () => {
  it.effect("openJournalFile opens a file whose end is missing to salvage it, and changes no byte", () =>
    Effect.gen(function* () {
      const calls = Array.from({ length: 50 }, (_, i) => ({ key: `k${i}`, answer: { text: "x".repeat(500) } }))
      const file = writeJournal(yield* temporaryFolder, { calls })
      fs.truncateSync(file, fs.statSync(file).size - 4096)
      const before = fs.readFileSync(file)
      assert.match(yield* errorOf(file), /image is malformed, .*save what can be read with prefloom journal export/)
      const journal = yield* openJournalFile(file, "salvage")
      const first = journal.database.prepare("SELECT key FROM knownCalls ORDER BY id LIMIT 1").get()
      assert.strictEqual(first!["key"], "k0")
      const remove = readingJournal(file, () => journal.database.exec("DELETE FROM calls"))
      assert.include((yield* Effect.flip(remove)).message, "readonly")
      assert.isTrue(before.equals(fs.readFileSync(file)))
    })
  )
})

describe("readingJournal", () => {
  it.effect("readingJournal says what to do about a file that is damaged", () =>
    Effect.gen(function* () {
      const calls = Array.from({ length: 200 }, (_, i) => ({ key: `k${i}`, answer: { text: "x".repeat(500) } }))
      const file = writeJournal(yield* temporaryFolder, { calls })
      const bytes = fs.readFileSync(file)
      fs.writeFileSync(file, bytes.fill(0x5a, bytes.length / 2))
      const journal = yield* openJournalFile(file, "read")
      const error = yield* Effect.flip(
        readingJournal(file, () => journal.database.prepare("SELECT * FROM knownCalls").all())
      )
      assert.match(
        error.message,
        /image is malformed, expected .*; put a copy from before in its place; or save what can be read with/
      )
    })
  )
})

describe("journalBytes", () => {
  it.effect("journalBytes counts the file and its write-ahead log", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = path.join(folder, "a.sqlite")
      assert.strictEqual(journalBytes(file), 0)
      fs.writeFileSync(file, "12345")
      fs.writeFileSync(`${file}-wal`, "123")
      assert.strictEqual(journalBytes(file), 8)
    })
  )
})
