import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { GroupCommit } from "../src/GroupCommit.ts"
import { journalFailure, type JournalError } from "../src/JournalError.ts"
import { temporaryFolder } from "./stages/collect.ts"

/** A file with one table of words, opened twice: to write in groups, and as another process would. */
const opened = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  const file = path.join(folder, "words.sqlite")
  const database = new DatabaseSync(file, { timeout: 10 })
  database.exec("PRAGMA journal_mode = WAL; CREATE TABLE words (word TEXT UNIQUE)")
  const other = new DatabaseSync(file, { timeout: 10 })
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      database.close()
      other.close()
    })
  )
  const insert = database.prepare("INSERT INTO words VALUES (?)")
  const words = other.prepare("SELECT word FROM words ORDER BY word")
  const events: Array<string> = []
  const commits = (patienceMs?: number) =>
    new GroupCommit(database, {
      now: () => performance.now(),
      failure: journalFailure(file),
      complete: () => events.push("complete"),
      settle: () => events.push("settle"),
      undo: () => events.push("undo"),
      ...(patienceMs === undefined ? {} : { patienceMs })
    })
  const add = (group: GroupCommit, word: string, isFirst = false) =>
    Effect.callback<string, JournalError>((resume) =>
      group.add(
        () => {
          insert.run(word)
          return `kept ${word}`
        },
        (exit) => {
          events.push(word)
          resume(exit)
        },
        isFirst
      )
    )
  return { add, commits, events, other, words: () => words.all().map(({ word }) => word) }
})

describe("GroupCommit", () => {
  it.live(
    "GroupCommit writes what comes together in one transaction, and tells those that are first before the others",
    () =>
      Effect.gen(function* () {
        const { add, commits, events, words } = yield* opened
        const group = commits()
        const kept = yield* Effect.all([add(group, "a"), add(group, "b", true), add(group, "c")], {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(kept, ["kept a", "kept b", "kept c"])
        assert.deepStrictEqual(events, ["complete", "settle", "b", "a", "c"])
        assert.deepStrictEqual(words(), ["a", "b", "c"])
      }).pipe(Effect.scoped)
  )

  it.live("GroupCommit writes nothing of a group that fails, tells each of it, and goes on with the next", () =>
    Effect.gen(function* () {
      const { add, commits, events, words } = yield* opened
      const group = commits()
      const [first, second] = yield* Effect.all([Effect.exit(add(group, "a")), Effect.exit(add(group, "a"))], {
        concurrency: "unbounded"
      })
      assert.isTrue(Exit.isFailure(first) && Exit.isFailure(second))
      assert.deepStrictEqual(events, ["undo", "a", "a"])
      assert.strictEqual(yield* add(group, "b"), "kept b")
      assert.deepStrictEqual(words(), ["b"])
    }).pipe(Effect.scoped)
  )

  it.live("GroupCommit waits while another process keeps the file locked", () =>
    Effect.gen(function* () {
      const { add, commits, other, words } = yield* opened
      const group = commits()
      other.exec("BEGIN IMMEDIATE")
      yield* Effect.forkScoped(
        Effect.andThen(
          Effect.sleep(700),
          Effect.sync(() => other.exec("ROLLBACK"))
        )
      )
      assert.deepStrictEqual(
        yield* Effect.all([add(group, "a"), Effect.andThen(Effect.sleep(100), add(group, "b"))], {
          concurrency: "unbounded"
        }),
        ["kept a", "kept b"]
      )
      assert.deepStrictEqual(words(), ["a", "b"])
    }).pipe(Effect.scoped)
  )

  it.live("GroupCommit says what keeps the file where that lasts too long, and at the end waits no longer", () =>
    Effect.gen(function* () {
      const { add, commits, other } = yield* opened
      other.exec("BEGIN IMMEDIATE")
      const error = yield* Effect.flip(add(commits(300), "a"))
      assert.match(error.message, /database is locked, .*; another program has kept it locked .* and run again$/)
      const group = commits()
      const last = yield* Effect.forkChild(Effect.flip(add(group, "b")), { startImmediately: true })
      group.end()
      assert.match((yield* Fiber.join(last)).message, /database is locked/)
    }).pipe(Effect.scoped)
  )
})
