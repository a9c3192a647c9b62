import * as Effect from "effect/Effect"
import { journalBytes, type JournalFile, JournalFileError, readingJournal } from "./JournalFile.ts"

/** Which calls to remove: those that meet every condition given. */
export interface PruneConditions {
  /** Answered before this moment, in milliseconds since 1970. */
  readonly before?: number | undefined
  readonly provider?: string | undefined
  readonly endpoint?: string | undefined
  readonly model?: string | undefined
  /** Failures alone. */
  readonly failures?: boolean | undefined
}

/** What was removed from a journal, or would be. */
export interface Pruned {
  readonly file: string
  readonly answers: number
  readonly failures: number
  /** What the removed answers cost in US dollars, as far as known; null when it is known for none. */
  readonly costUsd: number | null
  /** By how much the file became smaller; of a dry run the bytes of the texts that would go. */
  readonly bytes: number
  readonly dryRun: boolean
}

/**
 * Removes calls from a journal in one transaction and makes the file smaller; with `dryRun` counts them and changes nothing.
 *
 * What runs have spent stays written down. No condition means every call. A call whose time is unknown is before nothing. The journal has
 * to be opened for writing unless `dryRun`. Making the file smaller takes the room of the rest once more for a moment; when it fails the
 * calls are gone all the same, and the error says so.
 */
export const pruneJournal = Effect.fnUntraced(function* (
  { database, file }: JournalFile,
  conditions: PruneConditions,
  options: { readonly dryRun: boolean }
) {
  const { where, values } = toSql(conditions)
  const count = () =>
    database
      .prepare(
        `SELECT count(*) FILTER (WHERE failure IS NULL) AS answers, count(failure) AS failures, sum(costUsd) AS costUsd,
          coalesce(sum(octet_length(request) + octet_length(answer)), 0) AS bytes FROM knownCalls WHERE ${where}`
      )
      .get(...values) as unknown as Pick<Pruned, "answers" | "failures" | "costUsd" | "bytes">
  if (options.dryRun) {
    const counts = yield* readingJournal(file, count)
    return { file, ...counts, dryRun: true } satisfies Pruned
  }
  const bytesBefore = journalBytes(file)
  const counts = yield* readingJournal(file, () => {
    database.exec("BEGIN IMMEDIATE")
    try {
      const found = count()
      database
        .prepare(`DELETE FROM main.calls WHERE rowid IN (SELECT id FROM knownCalls WHERE ${where})`)
        .run(...values)
      database.exec("COMMIT")
      return found
    } finally {
      if (database.isTransaction) database.exec("ROLLBACK")
    }
  })
  if (counts.answers + counts.failures > 0) {
    yield* readingJournal(file, () => database.exec("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")).pipe(
      Effect.mapError(
        ({ found, wanted, remedy }) => new JournalFileError({ file, found: `${notSmaller}: ${found}`, wanted, remedy })
      )
    )
  }
  return { file, ...counts, bytes: Math.max(0, bytesBefore - journalBytes(file)), dryRun: false } satisfies Pruned
})

const notSmaller = "the calls were removed, but the file did not become smaller"

const toSql = ({ before, provider, endpoint, model, failures }: PruneConditions) => {
  const equal = Object.entries({ provider, endpoint, model }).filter(([, value]) => value !== undefined)
  const clauses = [
    ...equal.map(([name]) => `${name} = ?`),
    ...(before === undefined ? [] : ["answeredAt < ?"]),
    ...(failures === true ? ["failure IS NOT NULL"] : [])
  ]
  return {
    where: clauses.length === 0 ? "1" : clauses.join(" AND "),
    values: [...equal.map(([, value]) => value!), ...(before === undefined ? [] : [before])]
  }
}
