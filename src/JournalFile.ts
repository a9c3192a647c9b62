import * as fs from "node:fs"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import type { DatabaseSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { damageRemedy, isDamage } from "./JournalError.ts"
import { journalVersion, journalVersionOf } from "./migrateJournal.ts"
import { spentColumns } from "./Spending.ts"
import { statsIfThere } from "./statsIfThere.ts"

/** A journal could not be looked into or pruned. */
export class JournalFileError extends Schema.TaggedError<JournalFileError>()("JournalFileError", {
  file: Schema.String,
  found: Schema.String,
  wanted: Schema.String,
  remedy: Schema.String
}) {
  override get message(): string {
    return `Cannot use the journal "${this.file}": ${this.found}, expected ${this.wanted}; ${this.remedy}`
  }
}

/**
 * A journal as it lies on the disk, for commands that look into it while no pipeline runs in this process.
 *
 * The temporary views `knownCalls` (with `id` for the row), `knownSessions`, `knownSpent`, `knownSpentBefore` and `knownOpenCalls` have
 * the columns of the present version whatever the version of the file: what an earlier version did not write down is null, or no row.
 */
export interface JournalFile {
  /** Path of the SQLite file. */
  readonly file: string
  readonly version: number
  readonly database: DatabaseSync
}

/**
 * Opens a journal, given the output folder of a run or the SQLite file itself, until the scope closes.
 *
 * The file is neither made nor migrated; unless for "write" no byte of it changes, and the folder may be one that cannot be written.
 * For "write" nobody else may have it open, and nobody can until the scope closes. "salvage" also opens a file whose end is missing.
 * Fails when there is none, when it is no journal, and when a newer program wrote it.
 */
export const openJournalFile = Effect.fnUntraced(function* (place: string, access: "read" | "write" | "salvage") {
  const file = yield* findFile(place)
  const { DatabaseSync: Database } = yield* Effect.promise(() => import("node:sqlite"))
  const opened = Effect.fnUntraced(function* (from: string | URL) {
    const database: DatabaseSync = yield* Effect.acquireRelease(
      readingJournal(file, () => new Database(from, { readOnly: access !== "write", timeout: 10_000 })),
      (one) => Effect.sync(() => one.close())
    )
    if (access === "write") {
      // The first look at a file with a write-ahead log takes its lock, of which whoever has it open holds a share.
      const hold = `PRAGMA busy_timeout = ${lockedMs}; PRAGMA locking_mode = EXCLUSIVE; SELECT count(*) FROM sqlite_schema`
      yield* Effect.mapError(
        readingJournal(file, () => database.exec(hold)),
        (error) =>
          error.found === "database is locked"
            ? inUse(file, place, lastRunIn(new Database(file, { readOnly: true })))
            : error
      )
    }
    if (access === "salvage") {
      // SQLite refuses a file that is shorter than its head says, unless the schema may be mended.
      database.enableDefensive(false)
      yield* readingJournal(file, () => database.exec("PRAGMA writable_schema = ON"))
    }
    return { database, version: yield* readingJournal(file, () => journalVersionOf(database)) }
  })
  const { database, version } = yield* access === "write"
    ? opened(file)
    : Effect.catch(opened(file), (error) => {
        const isBarred = /readonly database|unable to open/.test(error.found)
        if (!isBarred || fs.existsSync(`${file}-shm`)) return Effect.fail(error)
        // Readers share an index of the write-ahead log in a file beside it, which they make where there is none.
        if (hasLog(file)) {
          const { found, wanted } = error
          return Effect.fail(new JournalFileError({ file, found, wanted, remedy: copyRemedy }))
        }
        return opened(Object.assign(pathToFileURL(file), { search: "?immutable=1" }))
      })
  if (version === null || version === 0) return yield* noJournal(file, "an SQLite file that is no journal")
  if (version > journalVersion) {
    return yield* new JournalFileError({
      file,
      found: `version ${version}`,
      wanted: `version ${journalVersion} or earlier`,
      remedy: `this program writes version ${journalVersion}: use the newer program that made it`
    })
  }
  yield* readingJournal(file, () => {
    database.exec("PRAGMA temp_store = FILE; PRAGMA cache_size = -16000")
    for (const [table, columns] of Object.entries(known)) database.exec(viewOf(database, table, columns))
  })
  return { file, version, database } satisfies JournalFile
}) satisfies (
  place: string,
  access: "read" | "write" | "salvage"
) => Effect.Effect<JournalFile, JournalFileError, Scope.Scope>

/** Runs work on a journal file and turns what it throws, as a damaged or locked file does, into an error with a remedy. */
export const readingJournal = <A>(file: string, work: () => A): Effect.Effect<A, JournalFileError> =>
  Effect.try({
    try: work,
    catch: (cause) => {
      const found = cause instanceof Error ? cause.message : String(cause)
      return new JournalFileError({
        file,
        found,
        wanted: "an SQLite file that can be read and that nobody keeps locked",
        remedy: found.includes("not a database")
          ? `${remedy}; where it is one, its first page is damaged: put a copy from before in its place`
          : isDamage(cause)
            ? damageRemedy
            : "check the permissions and the free space of the folder, and whether another program uses the file"
      })
    }
  })

/** The bytes a journal takes, with what is still in its write-ahead log. */
export const journalBytes = (file: string): number =>
  [file, `${file}-wal`].reduce((sum, name) => sum + (fs.statSync(name, { throwIfNoEntry: false })?.size ?? 0), 0)

/** Milliseconds for which somebody who has a journal open is waited for. */
const lockedMs = 1000

const inUse = (file: string, place: string, last: string): JournalFileError =>
  new JournalFileError({
    file,
    found: `another program that has it open${last}`,
    wanted: "nobody who uses it",
    remedy: `wait until that is done; a run is stopped with "prefloom ctl ${place === file ? "<its folder>" : place} stop"`
  })

/** The run that opened a journal last, in words; none where nobody knows. Closes the database. */
const lastRunIn = (database: DatabaseSync): string => {
  try {
    const last = database.prepare("SELECT pipeline, startedAt FROM sessions ORDER BY id DESC LIMIT 1").get()
    if (last === undefined) return ""
    return ` (the last to open it was ${JSON.stringify(last["pipeline"])}, at ${new Date(last["startedAt"] as number).toISOString()})`
  } catch {
    return ""
  } finally {
    database.close()
  }
}

const hasLog = (file: string): boolean => (fs.statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0

const copyRemedy =
  "copy it, with the file beside it that ends in -wal, to a folder that you can write to, and name the copy; or check the permissions"

const remedy = "name the folder that was the --out of a run, or its .prefloom/journal.sqlite"

const noJournal = (file: string, found: string): JournalFileError =>
  new JournalFileError({ file, found, wanted: "a journal that a run made", remedy })

const findFile = (place: string): Effect.Effect<string, JournalFileError> =>
  Effect.suspend(() => {
    const found = statsIfThere(place)
    if (found === undefined) return Effect.fail(noJournal(place, "no such file or folder"))
    if (found.isFile()) return Effect.succeed(place)
    const file = path.join(place, ".prefloom", "journal.sqlite")
    return Effect.flatMap(
      readingJournal(file, () => fs.statSync(file, { throwIfNoEntry: false })),
      (stat) => (stat === undefined ? Effect.fail(noJournal(file, "no such file")) : Effect.succeed(file))
    )
  })

const runAndModel = ["run", "model"]

const known: Readonly<Record<string, ReadonlyArray<string>>> = {
  calls: [
    "key",
    "provider",
    "endpoint",
    "model",
    "request",
    "answer",
    "promptTokens",
    "completionTokens",
    "latencyMs",
    "answeredAt",
    "failure",
    "costUsd",
    "session",
    "firstSession"
  ],
  sessions: ["id", "run", "pipeline", "startedAt", "fresh"],
  spent: [...runAndModel, ...spentColumns],
  spentBefore: [...runAndModel, ...spentColumns],
  openCalls: ["run", "model", "calls", "tokens", "costUsd"]
}

const columnsOf = (database: DatabaseSync, table: string): ReadonlySet<string> =>
  new Set(
    database
      .prepare("SELECT name FROM pragma_table_info(?)")
      .all(table)
      .map((row) => row["name"] as string)
  )

const viewOf = (database: DatabaseSync, table: string, columns: ReadonlyArray<string>): string => {
  const found = columnsOf(database, table)
  const selected = columns.map((name) => (found.has(name) ? name : `NULL AS ${name}`)).join(", ")
  const row = table === "calls" ? "rowid AS id, " : ""
  const from = found.size === 0 ? "WHERE 0" : `FROM main.${table}`
  return `CREATE TEMP VIEW known${table[0]!.toUpperCase()}${table.slice(1)} AS SELECT ${row}${selected} ${from}`
}
