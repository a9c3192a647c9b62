import * as childProcess from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as readline from "node:readline"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Journal, type JournalEntry, JournalError } from "../src/Journal.ts"
import { journalVersion } from "../src/migrateJournal.ts"
import type { OpenCall } from "../src/OpenCalls.ts"

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-journal-"))),
  (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
)

const entry = (key: string, answer = `answer to ${key}`): JournalEntry => ({
  key,
  provider: "scripted",
  endpoint: "here",
  model: "m",
  request: `{"key":${JSON.stringify(key)}}`,
  answer,
  promptTokens: 3,
  completionTokens: null,
  latencyMs: 1.5,
  answeredAt: 1_700_000_000_000,
  failure: null,
  costUsd: null,
  estimate: null,
  calls: 1
})

/** Opens the journal for as long as `use` takes. */
const withJournal = <A, E>(
  file: string,
  use: (journal: Journal["Service"]) => Effect.Effect<A, E>,
  options: { readonly fresh?: boolean } = {}
) => Effect.flatMap(Journal, use).pipe(Effect.provide(Journal.layer(file, options)))

const open = (journal: Journal["Service"], call: OpenCall): Effect.Effect<void, JournalError> =>
  Effect.callback((resume) => journal.onOpen(call, resume))

const keepAll = (journal: Journal["Service"], keys: ReadonlyArray<string>) =>
  Effect.forEach(keys, (key) => journal.keep(entry(key)), { concurrency: "unbounded", discard: true })

const keysOf = (prefix: string, n: number) => Array.from({ length: n }, (_, i) => `${prefix}-${i}`)

const openError = (file: string) => Effect.flip(withJournal(file, () => Effect.void))

/** Transactions in the write-ahead log: frames whose header gives the size of the database behind them. */
const nCommits = (file: string): number => {
  const log = fs.readFileSync(`${file}-wal`)
  const frameBytes = 24 + log.readUInt32BE(8)
  let n = 0
  for (let at = 32; at + frameBytes <= log.length; at += frameBytes) if (log.readUInt32BE(at + 4) > 0) n++
  return n
}

/** Keeps answers one after the other, or many at once, and prints each key once it is kept. */
const writer = (file: string, prefix: string, n: number, concurrency: number) => {
  const script = `
    import * as Effect from "effect/Effect"
    import { Journal } from ${JSON.stringify(new URL("../src/Journal.ts", import.meta.url).href)}
    const entry = ${JSON.stringify(entry(""))}
    const keep = (journal, key) =>
      Effect.andThen(journal.keep({ ...entry, key, answer: "answer to " + key }), Effect.sync(() => process.stdout.write(key + "\\n")))
    const keys = Array.from({ length: ${n} }, (_, i) => ${JSON.stringify(prefix)} + "-" + i)
    await Effect.runPromise(
      Effect.flatMap(Journal, (journal) => Effect.forEach(keys, (key) => keep(journal, key), { concurrency: ${concurrency}, discard: true })).pipe(
        Effect.provide(Journal.layer(${JSON.stringify(file)}))
      )
    )`
  return childProcess.spawn(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"]
  })
}

describe("Journal", () => {
  it.effect.prop(
    "journal gives back what it kept, exactly, also after it is opened again",
    { answers: Schema.Array(Schema.String) },
    ({ answers }) =>
      Effect.gen(function* () {
        const file = path.join(yield* temporaryFolder, "new", "folder", "journal.sqlite")
        const texts = [
          ...answers.map((answer) => answer.toWellFormed()),
          "",
          "\u0000 a\u0000",
          "日本 😀",
          "x".repeat(1e5)
        ]
        yield* withJournal(file, (journal) =>
          Effect.forEach(texts, (text, i) =>
            Effect.gen(function* () {
              assert.isUndefined(journal.find(`k${i}`))
              yield* journal.keep(entry(`k${i}`, JSON.stringify(text)))
              assert.strictEqual(journal.find(`k${i}`)?.answer, JSON.stringify(text))
            })
          )
        )
        yield* withJournal(file, (journal) =>
          Effect.sync(() => {
            assert.strictEqual(journal.size(), texts.length)
            assert.deepStrictEqual(
              texts.map((_, i) => journal.find(`k${i}`)?.answer),
              texts.map((text) => JSON.stringify(text))
            )
          })
        )
      }),
    { arbitrary: { runs: 10 } }
  )

  it.effect("journal has an answer on disk before keep returns", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "journal.sqlite")
      yield* withJournal(file, (journal) =>
        Effect.gen(function* () {
          const other = new DatabaseSync(file)
          const found = other.prepare("SELECT answer FROM calls WHERE key = ?")
          for (const key of keysOf("k", 20)) {
            assert.isUndefined(found.get(key))
            yield* journal.keep(entry(key))
            assert.strictEqual(found.get(key)?.["answer"], `answer to ${key}`)
          }
          other.close()
        })
      )
    })
  )

  it.effect("journal commits answers together that arrive together", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "journal.sqlite")
      yield* withJournal(file, (journal) =>
        Effect.gen(function* () {
          const before = nCommits(file)
          yield* keepAll(journal, keysOf("together", 200))
          const together = nCommits(file) - before
          for (const key of keysOf("apart", 20)) yield* journal.keep(entry(key))
          assert.deepStrictEqual([together, nCommits(file) - before - together], [1, 20])
          assert.strictEqual(journal.size(), 220)
        })
      )
    })
  )

  it.live("journal tells whoever waits to send a call before those whose answers it kept", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "journal.sqlite")
      const told: Array<string> = []
      yield* withJournal(file, (journal) =>
        Effect.callback<void>((resume) => {
          journal.onKept(entry("k"), null, () => {
            told.push("kept")
            resume(Effect.void)
          })
          journal.onOpen({ model: "m", tokens: 1, costUsd: 0 }, () => told.push("opened"))
        })
      )
      assert.deepStrictEqual(told, ["opened", "kept"])
    })
  )

  it.effect("journal writes what still waits when it is closed", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "journal.sqlite")
      yield* withJournal(file, (journal) =>
        Effect.sync(() => {
          Effect.runFork(journal.keep(entry("late")))
        })
      )
      yield* withJournal(file, (journal) =>
        Effect.sync(() => assert.strictEqual(journal.find("late")?.answer, "answer to late"))
      )
    })
  )

  it.effect("journal fails, and the process goes on, when it is used after it was closed", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "journal.sqlite")
      const journal = yield* withJournal(file, Effect.succeed)
      const error = yield* Effect.flip(journal.keep(entry("k")))
      assert.include(error.message, "database is not open")
    })
  )

  it.effect("journal keeps the first answer of a request, and a fresh one replaces it", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "journal.sqlite")
      const row = () => {
        const database = new DatabaseSync(file)
        const found = database.prepare("SELECT answer, promptTokens, latencyMs FROM calls WHERE key = 'k'").get()
        database.close()
        return { ...found }
      }
      yield* withJournal(file, (journal) =>
        Effect.gen(function* () {
          yield* keepAll(journal, ["other", "third"])
          yield* journal.keep(entry("k", "first"))
          yield* journal.keep({ ...entry("k", "second"), promptTokens: 9 })
          assert.strictEqual(journal.find("k")?.answer, "first")
        })
      )
      yield* withJournal(
        file,
        (journal) =>
          Effect.gen(function* () {
            assert.isUndefined(journal.find("k"))
            assert.strictEqual(journal.size(), 3)
            yield* journal.keep({ ...entry("k", "fresh"), promptTokens: 5, latencyMs: 8 })
            assert.strictEqual(journal.find("k")?.answer, "fresh")
            assert.isUndefined(journal.find("other"))
          }),
        { fresh: true }
      )
      assert.deepStrictEqual(row(), { answer: "fresh", promptTokens: 5, latencyMs: 8 })
      yield* withJournal(file, (journal) =>
        Effect.sync(() =>
          assert.deepStrictEqual([journal.find("other")?.answer, journal.size()], ["answer to other", 3])
        )
      )
    })
  )

  it.live("journal takes answers of several processes at once", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "journal.sqlite")
      const children = ["a", "b", "c"].map((prefix) => writer(file, prefix, 300, 16))
      for (const child of children) child.stdout.resume()
      const codes = yield* Effect.promise(() =>
        Promise.all(children.map(async (child) => (await once(child, "exit"))[0] as unknown))
      )
      assert.deepStrictEqual(codes, [0, 0, 0])
      yield* withJournal(file, (journal) =>
        Effect.sync(() => {
          for (const key of ["a", "b", "c"].flatMap((prefix) => keysOf(prefix, 300))) {
            assert.strictEqual(journal.find(key)?.answer, `answer to ${key}`)
          }
          assert.strictEqual(journal.size(), 900)
        })
      )
    })
  )

  it.live.each([
    { concurrency: 1, nSeen: 5 },
    { concurrency: 1, nSeen: 400 },
    { concurrency: 64, nSeen: 1000 }
  ])("journal loses no kept answer when the process is killed %o", ({ concurrency, nSeen }) =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "journal.sqlite")
      const kept = yield* Effect.promise(async () => {
        const child = writer(file, "k", 1_000_000, concurrency)
        const seen: Array<string> = []
        for await (const line of readline.createInterface(child.stdout)) {
          seen.push(line)
          if (seen.length === nSeen) child.kill("SIGKILL")
        }
        assert.strictEqual(child.signalCode ?? (await once(child, "exit"))[1], "SIGKILL")
        return seen
      })
      assert.isAtLeast(kept.length, nSeen)
      // The last line may be cut off in the middle by the kill, then its key is not found whole.
      const lost = (journal: Journal["Service"]) =>
        kept.slice(0, -1).filter((key) => journal.find(key)?.answer !== `answer to ${key}`)
      yield* withJournal(file, (journal) =>
        Effect.gen(function* () {
          assert.deepStrictEqual(lost(journal), [])
          yield* journal.keep(entry("after the crash"))
          assert.strictEqual(journal.find("after the crash")?.answer, "answer to after the crash")
        })
      )
      const database = new DatabaseSync(file)
      assert.strictEqual(database.prepare("PRAGMA integrity_check").get()?.["integrity_check"], "ok")
      database.close()
    })
  )
})

describe("JournalError", () => {
  it.effect("a journal of a newer version is refused and stays as it is", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "journal.sqlite")
      const database = new DatabaseSync(file)
      database.exec(`CREATE TABLE calls (key, request, answer, newer); PRAGMA user_version = ${journalVersion + 1}`)
      const error = yield* openError(file)
      assert.strictEqual(
        error.message,
        `Cannot use the journal "${file}": version ${journalVersion + 1}, expected a journal of this version that can be written; ` +
          `this program writes version ${journalVersion}: use the newer program that made it`
      )
      const tables = database.prepare("SELECT name FROM sqlite_schema").all()
      assert.deepStrictEqual(
        tables.map((table) => table["name"]),
        ["calls"]
      )
      database.close()
    })
  )

  it.effect.each([
    "CREATE TABLE users (name TEXT)",
    "CREATE TABLE calls (number TEXT); PRAGMA user_version = 2",
    "PRAGMA application_id = 7",
    `CREATE TABLE users (name TEXT); PRAGMA user_version = ${journalVersion + 1}`
  ])("an SQLite file of another program is refused and stays as it is: %s", (made) =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "theirs.sqlite")
      const database = new DatabaseSync(file)
      database.exec(made)
      database.close()
      const before = fs.readFileSync(file)
      assert.strictEqual(
        (yield* openError(file)).message,
        `Cannot use the journal "${file}": an SQLite file of another program, which stays as it is, expected a journal of this ` +
          "version that can be written; name a journal that a run made, or a file that is not there yet"
      )
      assert.isTrue(before.equals(fs.readFileSync(file)))
    })
  )

  it.effect("an SQLite file without content becomes a journal", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "empty.sqlite")
      const database = new DatabaseSync(file)
      database.exec("PRAGMA journal_mode = WAL; VACUUM")
      database.close()
      assert.isAbove(fs.statSync(file).size, 0)
      yield* withJournal(file, (journal) => journal.keep(entry("k")))
      yield* withJournal(file, (journal) => Effect.sync(() => assert.strictEqual(journal.size(), 1)))
    })
  )

  it.effect("a file that is no database is refused and stays as it is", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "journal.sqlite")
      const text = "id,prompt\n".repeat(200)
      fs.writeFileSync(file, text)
      const error = yield* openError(file)
      assert.instanceOf(error, JournalError)
      assert.include(error.message, `Cannot use the journal "${file}": file is not a database`)
      assert.strictEqual(fs.readFileSync(file, "utf8"), text)
    })
  )

  /** Overwrites the pages of answers, and none that is needed to open the file. */
  const damage = (file: string) => {
    const database = new DatabaseSync(file)
    const { page_size } = database.prepare("PRAGMA page_size").get() as { readonly page_size: number }
    const roots = database.prepare("SELECT rootpage FROM sqlite_schema").all()
    database.close()
    const lastRoot = Math.max(...roots.map((root) => root["rootpage"] as number))
    const bytes = fs.readFileSync(file)
    fs.writeFileSync(file, bytes.fill(0x5a, lastRoot * page_size))
  }

  it.effect("a damaged journal is told with its file and the remedy, whatever is read or written", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "journal.sqlite")
      const keys = keysOf("k", 500)
      yield* withJournal(file, (journal) => keepAll(journal, keys))
      damage(file)
      const thrown = (work: () => unknown): unknown => {
        try {
          return work()
        } catch (error) {
          return error
        }
      }
      const errors = yield* withJournal(file, (journal) =>
        Effect.gen(function* () {
          return [
            thrown(() => journal.find(keys[0]!)),
            thrown(() => journal.find("another key")),
            thrown(() => journal.size()),
            yield* Effect.flip(journal.keep(entry(keys[0]!))),
            yield* Effect.flip(journal.condemn(keys[0]!, "of no use"))
          ]
        })
      )
      for (const error of errors) {
        assert.instanceOf(error, JournalError)
        assert.isTrue(error.isDamaged)
        assert.include(error.message, `Cannot use the journal "${file}": database disk image is malformed, expected`)
        assert.match(
          error.message,
          /; put a copy .*; or save what can be read with prefloom journal export .* prefloom journal import: .* asked, and paid, again$/
        )
      }
    })
  )

  it.effect("a place where no file can be is refused", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      fs.writeFileSync(path.join(folder, "file"), "")
      const error = yield* openError(path.join(folder, "file", "journal.sqlite"))
      assert.match(error.message, /EEXIST|ENOTDIR/)
      assert.include((yield* openError(folder)).message, "unable to open database file")
    })
  )

  /** Gives up the rights of the super-user, who may write everywhere, until the scope closes. */
  const asOrdinaryUser = Effect.acquireRelease(
    Effect.sync(() => {
      const isRoot = process.geteuid?.() === 0
      if (isRoot) process.seteuid?.(65534)
      return isRoot
    }),
    (isRoot) => Effect.sync(() => isRoot && process.seteuid?.(0))
  )

  it.effect("a folder that cannot be written is refused, with and without a journal in it", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = path.join(folder, "journal.sqlite")
      const other = path.join(folder, "inner", "journal.sqlite")
      yield* withJournal(file, (journal) => journal.keep(entry("k")))
      fs.chmodSync(file, 0o444)
      fs.chmodSync(folder, 0o555)
      const messages = yield* Effect.scoped(
        Effect.andThen(asOrdinaryUser, Effect.all([openError(file), openError(other)]))
      )
      fs.chmodSync(folder, 0o755)
      assert.include(messages[0].message, `Cannot use the journal "${file}": attempt to write a readonly database`)
      assert.include(messages[1].message, "EACCES: permission denied")
      assert.include(messages[1].message, "check the permissions and the free space of the folder")
    })
  )
})

describe("what a run spent", () => {
  it.effect("journal counts spending by run and model, over all processes, and starts anew with fresh", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "journal.sqlite")
      const priced = (key: string, model: string) => ({
        ...entry(key),
        model,
        promptTokens: 10,
        completionTokens: 5,
        costUsd: 0.25
      })
      const inRun = <A, E>(run: string, use: (journal: Journal["Service"]) => Effect.Effect<A, E>, fresh = false) =>
        Effect.flatMap(Journal, use).pipe(Effect.provide(Journal.layer(file, { run, fresh })))
      yield* inRun("a", (journal) =>
        Effect.all([
          journal.keep(priced("1", "m")),
          journal.keep({ ...priced("2", "m"), promptTokens: null, completionTokens: null, costUsd: null }),
          journal.keep({ ...priced("3", "m"), calls: 0, promptTokens: 0, completionTokens: 0, costUsd: 0 }),
          journal.lose({ model: "m", tokens: 70, costUsd: 2 }, null)
        ])
      )
      yield* inRun("b", (journal) => journal.keep(priced("4", "m")))
      const spent = yield* inRun("a", (journal) =>
        Effect.gen(function* () {
          yield* journal.keep(priced("5", "m"))
          return { ...journal.spent().get("m")! }
        })
      )
      const { calls, completionTokens, costUsd, lostCalls, lostTokens, lostUsd, promptTokens, unpricedCalls } = spent
      assert.deepStrictEqual([calls, promptTokens, completionTokens, costUsd], [3, 20, 10, 0.5])
      assert.deepStrictEqual([unpricedCalls, lostCalls, lostTokens, lostUsd], [1, 1, 70, 2])
      const anew = yield* inRun(
        "a",
        (journal) =>
          Effect.gen(function* () {
            assert.strictEqual(journal.spent().size, 0)
            assert.deepStrictEqual({ ...journal.spentInAll().get("m")! }, spent)
            yield* journal.keep(priced("6", "m"))
            return [journal.spent().get("m")!.calls, journal.spentInAll().get("m")!.calls]
          }),
        true
      )
      assert.deepStrictEqual(anew, [1, 4])
      yield* inRun("b", (journal) => Effect.sync(() => assert.strictEqual(journal.spent().get("m")!.calls, 1)))
    })
  )

  it.effect(
    "journal takes a call that was open when a process died for lost, once, and a settled one for settled",
    () =>
      Effect.gen(function* () {
        const file = path.join(yield* temporaryFolder, "journal.sqlite")
        const call = { model: "m", tokens: 100, costUsd: 1 }
        yield* withJournal(file, (journal) =>
          Effect.gen(function* () {
            const [kept, closed, lost] = [{ ...call }, { ...call }, { ...call }]
            for (const one of [kept, closed, lost, call]) yield* open(journal, one)
            yield* journal.keep(entry("k"), kept)
            journal.forget(closed)
            yield* journal.lose({ ...call, tokens: 7 }, lost)
          })
        )
        for (const opening of ["first", "second"]) {
          yield* withJournal(file, (journal) =>
            Effect.sync(() => {
              const { calls, lostCalls, lostTokens } = journal.spent().get("m")!
              assert.deepStrictEqual([calls, lostCalls, lostTokens], [1, 2, 107], opening)
            })
          )
        }
      })
  )

  it.effect("journal returns the answer that another process kept first", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "journal.sqlite")
      yield* withJournal(file, (one) =>
        withJournal(file, (other) =>
          Effect.gen(function* () {
            yield* one.keep(entry("k", "first"))
            assert.strictEqual((yield* other.keep(entry("k", "second"))).answer, "first")
          })
        )
      )
    })
  )

  it.effect("journal leaves failures aside on request, and replaces them by what comes then", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "journal.sqlite")
      yield* withJournal(file, (journal) =>
        Effect.gen(function* () {
          yield* journal.keep({ ...entry("failed", "null"), failure: "{}", calls: 0 })
          yield* journal.keep(entry("bad"))
          yield* journal.condemn("bad", '{"reason":"unreadable"}')
          yield* journal.keep(entry("good"))
          assert.strictEqual(journal.size(), 2)
          assert.strictEqual(journal.find("failed")?.failure, "{}")
          assert.strictEqual(journal.find("bad")?.answer, "answer to bad")
        })
      )
      yield* Effect.gen(function* () {
        const journal = yield* Journal
        assert.isUndefined(journal.find("failed"))
        assert.isUndefined(journal.find("bad"))
        assert.strictEqual(journal.find("good")?.answer, "answer to good")
        yield* journal.keep(entry("failed", "better"))
        assert.deepStrictEqual({ ...journal.find("failed") }, { answer: "better", failure: null })
      }).pipe(Effect.provide(Journal.layer(file, { retryFailures: true })))
      const database = new DatabaseSync(file)
      const sessions = database.prepare("SELECT key, session, firstSession FROM calls ORDER BY key").all()
      database.close()
      assert.deepStrictEqual(
        sessions.map(({ key, session, firstSession }) => [key, session, firstSession]),
        [
          ["bad", 1, null],
          ["failed", 2, 1],
          ["good", 1, null]
        ]
      )
    })
  )

  it.effect("journal keeps notes until they are removed", () =>
    Effect.gen(function* () {
      const file = path.join(yield* temporaryFolder, "journal.sqlite")
      yield* withJournal(file, (journal) =>
        Effect.gen(function* () {
          yield* journal.writeNote("a", "1")
          yield* journal.writeNote("a", "2")
          yield* journal.writeNote("b", "3")
          yield* journal.writeNote("b", null)
        })
      )
      yield* withJournal(file, (journal) =>
        Effect.sync(() => assert.deepStrictEqual([journal.note("a"), journal.note("b")], ["2", undefined]))
      )
    })
  )
})
