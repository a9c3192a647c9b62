import * as path from "node:path"
import type { DatabaseSync } from "node:sqlite"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ensureFolder } from "./ensureFolder.ts"
import { GroupCommit, type Tell } from "./GroupCommit.ts"
import { journalVersion, journalVersionOf, migrateJournal } from "./migrateJournal.ts"
import { foreignJournal, JournalError, journalFailure } from "./JournalError.ts"
import { type OpenCall, OpenCalls } from "./OpenCalls.ts"
import { SentCalls } from "./SentCalls.ts"
import { Spending, type Spent } from "./Spending.ts"

export { JournalError } from "./JournalError.ts"

/** A paid answer with the request that bought it, both as JSON: no raw NUL, which some versions of SQLite for Node cut at. */
export interface JournalEntry {
  /** SHA-256 of the canonical request, hexadecimal. */
  readonly key: string
  readonly provider: string
  readonly endpoint: string
  readonly model: string
  readonly request: string
  readonly answer: string
  /** Why its row became a reject, as JSON; null for a good answer. */
  readonly failure: string | null
  readonly promptTokens: number | null
  readonly completionTokens: number | null
  /** US dollars; null where no price is known. */
  readonly costUsd: number | null
  readonly latencyMs: number
  /** Milliseconds since 1970. */
  readonly answeredAt: number
  /** Tokens by our own count, booked as spent where the server counted none. Not part of what is kept. */
  readonly estimate: { readonly promptTokens: number; readonly completionTokens: number } | null
  /** What it adds to the calls that the run made: 1, and 0 for a failure or a further sample of one call. */
  readonly calls: 0 | 1
  /** True for the answer to a live call whose request a batch is under way with: the batch costs as well. Not part of what is kept. */
  readonly besideBatch?: boolean
}

/** What the journal holds for a request. */
export type Kept = Pick<JournalEntry, "answer" | "failure">

/** The run under which imported calls are booked: others have paid for them. */
export const importRun = "import"

/** How a journal is opened, and for whom. */
export interface JournalOptions {
  /** Leaves earlier answers aside, counts spending from zero, and replaces what is asked again. */
  readonly fresh?: boolean
  /** Leaves failures aside, so that they are asked again. */
  readonly retryFailures?: boolean
  /** Names the run whose spending is counted; runs that share a journal have different ones. Default "". */
  readonly run?: string
  readonly pipeline?: string
}

/**
 * The paid answers of a run: SQLite in WAL mode, one row per answered request.
 *
 * `find` is a look-up by key. `keep` returns after the commit, and what it returns is what the journal holds: where another
 * process was first, its answer. Writes that arrive within two milliseconds share one commit. A killed process loses nothing
 * that `keep` returned for; a power cut may lose the last moments, never the file. Several processes may use one journal.
 *
 * Spending is counted per run and model in the same commits. `onOpen` writes down that a call is about to be sent; until it is
 * kept or closed it counts as lost when the process dies.
 */
export class Journal extends Context.Service<
  Journal,
  {
    readonly file: string
    /** Throws a `JournalError` where the file is damaged, as `condemned`, `failedBefore`, `spent`, `note` and `size` do. */
    readonly find: (key: string) => Kept | undefined
    /** An answer that nobody could use, be it one that is to be asked again. */
    readonly condemned: (key: string) => Kept | undefined
    /** Whether a failure is on file for the key, be it one that is to be asked again. */
    readonly failedBefore: (key: string) => boolean
    /** Keeps an answer or a failure, and settles the open call it belongs to. */
    readonly keep: (entry: JournalEntry, openCall?: OpenCall | null) => Effect.Effect<Kept, JournalError>
    /** `keep` for whoever runs no fiber: tells what came of it, later, and must not throw. */
    readonly onKept: (entry: JournalEntry, openCall: OpenCall | null, tell: Tell<Kept>) => void
    /** Marks a kept answer as one that nobody could use, so that it can be asked again on request. */
    readonly condemn: (key: string, failure: string) => Effect.Effect<void, JournalError>
    /** Counts a call among those that are lost if the process dies from here on, and tells when that is written. */
    readonly onOpen: (call: OpenCall, tell: Tell<void>) => void
    /** Counts an open call no longer among these, from the next commit on: it was not billed. */
    readonly forget: (openCall: OpenCall) => void
    /** Settles a call that may have been billed and brought no answer. */
    readonly lose: (lost: OpenCall, openCall: OpenCall | null) => Effect.Effect<void, JournalError>
    /** Calls of this run, by key, that a server goes on with when the process dies, and that are not answered. */
    readonly sent: ReadonlyMap<string, OpenCall>
    /** Counts a call among these until its answer is kept. */
    readonly send: (key: string, call: OpenCall) => Effect.Effect<void, JournalError>
    /** Counts calls no longer among these, from the next commit on: nobody will answer them. */
    readonly unsend: (keys: ReadonlyArray<string>) => void
    /** What this run has spent since it last began anew, by model. */
    readonly spent: () => ReadonlyMap<string, Spent>
    /** What it has spent in all. */
    readonly spentInAll: () => ReadonlyMap<string, Spent>
    /** A small text that outlives the process, such as the state of an offline batch. */
    readonly note: (name: string) => string | undefined
    /** Writes such a text, or removes it, at once. */
    readonly writeNote: (name: string, value: string | null) => Effect.Effect<void, JournalError>
    /** Answers kept so far, by this run and earlier ones. */
    readonly size: () => number
  }
>()("prefloom/Journal") {
  /** Opens or makes the journal file. */
  static readonly layer = (file: string, options: JournalOptions = {}) => Layer.effect(Journal, open(file, options))
}

/**
 * Pages of 4 KiB in the write-ahead log before they go to the main file, for which the process stands still until the disk has them: 32 MiB
 * in place of SQLite's 4 make a run with many calls 5 to 11 % faster.
 */
const checkpointPages = 8000

const openDatabase = Effect.fnUntraced(function* (file: string) {
  const { DatabaseSync: Database } = yield* Effect.promise(() => import("node:sqlite"))
  const database = yield* Effect.acquireRelease(
    Effect.try({
      try: () => {
        ensureFolder(path.dirname(file))
        return new Database(file, { timeout: 10_000 })
      },
      catch: journalFailure(file)
    }),
    (opened) => Effect.sync(() => opened.close())
  )
  const found = yield* Effect.try({ try: () => journalVersionOf(database), catch: journalFailure(file) })
  if (found === null) return yield* foreignJournal(file)
  if (found > journalVersion) {
    return yield* new JournalError({
      file,
      found: `version ${found}`,
      remedy: `this program writes version ${journalVersion}: use the newer program that made it`
    })
  }
  yield* Effect.try({
    try: () => {
      database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000;
        PRAGMA wal_autocheckpoint = ${checkpointPages}`)
      if (found < journalVersion) migrateJournal(database)
    },
    catch: journalFailure(file)
  })
  return database
})

const replaceAnswer = (fresh: boolean) => `UPDATE SET answer = excluded.answer, promptTokens = excluded.promptTokens,
  completionTokens = excluded.completionTokens, latencyMs = excluded.latencyMs, answeredAt = excluded.answeredAt,
  failure = excluded.failure, costUsd = excluded.costUsd, session = excluded.session,
  firstSession = ${fresh ? "NULL" : "coalesce(calls.firstSession, calls.session, 0)"}`

/** What nobody could use gives way to what comes when it is asked again; an answer that is paid not to a failure. */
const replaceable = " WHERE calls.failure IS NOT NULL AND (excluded.answer <> 'null' OR calls.answer = 'null')"

/** Statements that are run once for each call; made once. */
const prepare = (database: DatabaseSync, fresh: boolean) => ({
  select: database.prepare("SELECT answer, failure FROM calls WHERE key = ?"),
  insert: database.prepare(
    `INSERT INTO calls (key, provider, endpoint, model, request, answer, promptTokens, completionTokens, latencyMs, answeredAt,
      failure, costUsd, session) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (key) DO ${replaceAnswer(fresh)}${fresh ? "" : replaceable}`
  ),
  condemn: database.prepare("UPDATE calls SET failure = ? WHERE key = ?"),
  count: database.prepare(
    "SELECT count(*) - (SELECT count(*) FROM calls WHERE failure IS NOT NULL AND answer = 'null') AS n FROM calls"
  ),
  open: database.prepare(
    "INSERT OR REPLACE INTO openCalls (session, run, model, calls, tokens, costUsd) VALUES (?, ?, ?, ?, ?, ?)"
  ),
  note: database.prepare("SELECT value FROM notes WHERE name = ?"),
  writeNote: database.prepare(
    "INSERT INTO notes (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
  ),
  removeNote: database.prepare("DELETE FROM notes WHERE name = ?")
})

/** Starts a session of a run. */
const beginSession = (
  database: DatabaseSync,
  spending: Spending,
  { fresh = false, pipeline = "", run = "" }: JournalOptions,
  startedAt: number
): number => {
  database.exec("BEGIN IMMEDIATE")
  try {
    spending.begin(fresh)
    const { lastInsertRowid } = database
      .prepare("INSERT INTO sessions (run, pipeline, startedAt, fresh) VALUES (?, ?, ?, ?)")
      .run(run, pipeline, startedAt, fresh ? 1 : 0)
    database.exec("COMMIT")
    return Number(lastInsertRowid)
  } catch (cause) {
    if (database.isTransaction) database.exec("ROLLBACK")
    throw cause
  }
}

/** Nobody waits for the write. */
const unheard = () => {}

const open = Effect.fnUntraced(function* (file: string, options: JournalOptions) {
  const { fresh = false, retryFailures = false, run = "" } = options
  const failure = journalFailure(file)
  const database = yield* openDatabase(file)
  const clock = yield* Clock.Clock
  const startedAt = clock.currentTimeMillisUnsafe()
  const statements = yield* Effect.try({ try: () => prepare(database, fresh), catch: failure })
  const spending = yield* Effect.try({ try: () => new Spending(database, run), catch: failure })
  const session = yield* Effect.try({ try: () => beginSession(database, spending, options, startedAt), catch: failure })
  const sentCalls = yield* Effect.try({ try: () => new SentCalls(database, run, fresh), catch: failure })
  // Commits wait for a lock by themselves, so that the process does not stand still.
  database.exec("PRAGMA busy_timeout = 500")
  const keptNow = new Set<string>()
  const reading = <A>(read: () => A): A => {
    try {
      return read()
    } catch (cause) {
      throw failure(cause)
    }
  }

  const kept = (key: string) => reading(() => statements.select.get(key) as Kept | undefined)

  const openCalls = new OpenCalls()
  const commits = new GroupCommit(database, {
    now: () => clock.currentTimeMillisUnsafe(),
    failure,
    complete: () => {
      spending.write()
      for (const { calls, costUsd, model, tokens } of openCalls.changed()) {
        statements.open.run(session, run, model, calls, tokens, costUsd)
      }
    },
    settle: () => {
      openCalls.settle()
      sentCalls.settle()
    },
    undo: () => {
      spending.undo()
      openCalls.undo()
      sentCalls.undo()
    }
  })
  yield* Effect.addFinalizer(() => Effect.sync(() => commits.end()))
  const inNextCommit = <A>(write: () => A): Effect.Effect<A, JournalError> =>
    Effect.callback((resume) => commits.add(write, resume))

  const insert = (entry: JournalEntry, openCall: OpenCall | null): Kept => {
    if (openCall !== null) openCalls.close(openCall)
    // Without an answer the server may still be at work.
    if (entry.failure === null) {
      const inBatch = sentCalls.calls.get(entry.key)
      if (inBatch !== undefined && entry.besideBatch === true) spending.lose(inBatch)
      sentCalls.remove(entry.key)
    }
    const { changes } = statements.insert.run(
      entry.key,
      entry.provider,
      entry.endpoint,
      entry.model,
      entry.request,
      entry.answer,
      entry.promptTokens,
      entry.completionTokens,
      entry.latencyMs,
      entry.answeredAt,
      entry.failure,
      entry.costUsd,
      session
    )
    spending.add(entry.model, {
      calls: entry.calls,
      promptTokens: entry.promptTokens ?? entry.estimate?.promptTokens ?? 0,
      completionTokens: entry.completionTokens ?? entry.estimate?.completionTokens ?? 0,
      costUsd: entry.costUsd ?? 0,
      unpricedCalls: entry.costUsd === null ? entry.calls : 0,
      uncountedCalls: entry.promptTokens === null ? entry.calls : 0
    })
    if (fresh || retryFailures) keptNow.add(entry.key)
    return Number(changes) > 0 ? entry : (statements.select.get(entry.key) as unknown as Kept)
  }

  return Journal.of({
    file,
    find: (key) => {
      if (fresh && !keptNow.has(key)) return undefined
      const found = kept(key)
      return retryFailures && found?.failure != null && !keptNow.has(key) ? undefined : found
    },
    condemned: (key) => {
      const found = fresh && !keptNow.has(key) ? undefined : kept(key)
      return found?.failure != null && found.answer !== "null" ? found : undefined
    },
    failedBefore: (key) => {
      const found = kept(key)
      return found?.failure != null && found.answer === "null"
    },
    keep: (entry, openCall = null) => inNextCommit(() => insert(entry, openCall)),
    onKept: (entry, openCall, tell) => commits.add(() => insert(entry, openCall), tell),
    condemn: (key, reason) => inNextCommit(() => void statements.condemn.run(reason, key)),
    onOpen: (call, tell) => commits.add(() => openCalls.open(call), tell, true),
    forget: (openCall) => commits.add(() => openCalls.close(openCall), unheard),
    lose: (lost, openCall) =>
      inNextCommit(() => {
        if (openCall !== null) openCalls.close(openCall)
        spending.lose(lost)
      }),
    sent: sentCalls.calls,
    send: (key, call) => inNextCommit(() => sentCalls.add(key, call)),
    unsend: (keys) => commits.add(() => keys.forEach((key) => sentCalls.remove(key)), unheard),
    spent: () => reading(() => spending.sinceAnew()),
    spentInAll: () => reading(() => spending.inAll()),
    note: (name) => reading(() => statements.note.get(name) as { readonly value: string } | undefined)?.value,
    writeNote: (name, value) =>
      inNextCommit(() => {
        if (value === null) statements.removeNote.run(name)
        else statements.writeNote.run(name, value)
      }),
    size: () => reading(() => statements.count.get() as { readonly n: number }).n
  })
})
