import * as fs from "node:fs"
import * as path from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"

/** A paid answer with the request that bought it, both as JSON: no raw NUL, which some versions of SQLite for Node cut at. */
export interface JournalEntry {
  /** SHA-256 of the canonical request, hexadecimal. */
  readonly key: string
  readonly provider: string
  readonly endpoint: string
  readonly model: string
  readonly request: string
  readonly answer: string
  readonly promptTokens: number | null
  readonly completionTokens: number | null
  readonly latencyMs: number
  /** Milliseconds since 1970. */
  readonly answeredAt: number
}

/** The journal could not be opened or written. */
export class JournalError extends Schema.TaggedError<JournalError>()("JournalError", {
  file: Schema.String,
  found: Schema.String,
  remedy: Schema.String
}) {
  override get message(): string {
    return `Cannot use the journal "${this.file}": ${this.found}, expected a writable SQLite file of this version; ${this.remedy}`
  }
}

const version = 1

/** How long an answer waits for others to share its commit: a small part of any call, and a large saving in writes. */
const groupMs = 2

const replaceAnswer = `UPDATE SET answer = excluded.answer, promptTokens = excluded.promptTokens,
  completionTokens = excluded.completionTokens, latencyMs = excluded.latencyMs, answeredAt = excluded.answeredAt`

/**
 * The paid answers of a run: SQLite in WAL mode, one row per answered request.
 *
 * `find` is a look-up by key. `keep` returns after the answer is committed; answers that arrive within the same turn of the
 * event loop, or while a commit is being prepared, share one commit. A killed process loses nothing that `keep` returned for;
 * a power cut may lose the last moments, never the file. Several processes may use one journal.
 */
export class Journal extends Context.Service<
  Journal,
  {
    readonly file: string
    readonly find: (key: string) => string | undefined
    readonly keep: (entry: JournalEntry) => Effect.Effect<void, JournalError>
    /** Answers kept so far, by this run and earlier ones. */
    readonly size: () => number
  }
>()("prefloom/Journal") {
  /** Opens or makes the journal file; with `fresh` earlier answers stay in the file but are not used, and are replaced. */
  static readonly layer = (file: string, options: { readonly fresh?: boolean } = {}) =>
    Layer.effect(Journal, open(file, options.fresh === true))
}

const open = Effect.fnUntraced(function* (file: string, fresh: boolean) {
  const failure = (cause: unknown) =>
    new JournalError({
      file,
      found: cause instanceof Error ? cause.message : String(cause),
      remedy: "check the permissions and the free space of the folder, or move the file away"
    })
  const { DatabaseSync } = yield* Effect.promise(() => import("node:sqlite"))
  const database = yield* Effect.acquireRelease(
    Effect.try({
      try: () => {
        fs.mkdirSync(path.dirname(file), { recursive: true })
        const opened = new DatabaseSync(file, { timeout: 10_000 })
        opened.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000")
        return opened
      },
      catch: failure
    }),
    (opened) => Effect.sync(() => opened.close())
  )
  const found = yield* Effect.try({
    try: () => (database.prepare("PRAGMA user_version").get() as { readonly user_version: number }).user_version,
    catch: failure
  })
  if (found > version) {
    return yield* new JournalError({
      file,
      found: `version ${found}`,
      remedy: `this program writes version ${version}: use the newer program that made it`
    })
  }
  yield* Effect.try({
    try: () =>
      database.exec(`
        CREATE TABLE IF NOT EXISTS calls (
          key TEXT NOT NULL UNIQUE, provider TEXT NOT NULL, endpoint TEXT NOT NULL, model TEXT NOT NULL,
          request TEXT NOT NULL, answer TEXT NOT NULL, promptTokens INTEGER, completionTokens INTEGER,
          latencyMs REAL NOT NULL, answeredAt REAL NOT NULL);
        PRAGMA user_version = ${version}`),
    catch: failure
  })

  const { select, insert, count } = yield* Effect.try({
    try: () => ({
      select: database.prepare("SELECT answer FROM calls WHERE key = ?"),
      insert: database.prepare(
        `INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO ${fresh ? replaceAnswer : "NOTHING"}`
      ),
      count: database.prepare("SELECT count(*) AS n FROM calls")
    }),
    catch: failure
  })
  const keptNow = new Set<string>()
  let waiting: Array<{ readonly entry: JournalEntry; readonly resume: (problem: JournalError | null) => void }> = []

  const commit = () => {
    const group = waiting
    waiting = []
    if (group.length === 0) return
    let problem: JournalError | null = null
    try {
      database.exec("BEGIN IMMEDIATE")
      for (const { entry } of group) {
        insert.run(
          entry.key,
          entry.provider,
          entry.endpoint,
          entry.model,
          entry.request,
          entry.answer,
          entry.promptTokens,
          entry.completionTokens,
          entry.latencyMs,
          entry.answeredAt
        )
      }
      database.exec("COMMIT")
    } catch (cause) {
      problem = failure(cause)
      if (database.isOpen && database.isTransaction) database.exec("ROLLBACK")
    }
    for (const { entry, resume } of group) {
      if (fresh && problem === null) keptNow.add(entry.key)
      resume(problem)
    }
  }
  yield* Effect.addFinalizer(() => Effect.sync(commit))

  return Journal.of({
    file,
    find: (key) => {
      if (fresh && !keptNow.has(key)) return undefined
      return (select.get(key) as { readonly answer: string } | undefined)?.answer
    },
    keep: (entry) =>
      Effect.callback<void, JournalError>((resume) => {
        if (waiting.length === 0) setTimeout(commit, groupMs)
        waiting.push({
          entry,
          resume: (problem) => resume(problem === null ? Effect.void : Effect.fail(problem))
        })
      }),
    size: () => (count.get() as { readonly n: number }).n
  })
})
