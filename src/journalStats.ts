import * as Effect from "effect/Effect"
import { importRun } from "./Journal.ts"
import { journalBytes, type JournalFile, type JournalFileError, readingJournal } from "./JournalFile.ts"

/** What one model at one endpoint answered. Times are milliseconds since 1970; what nobody wrote down is null. */
export interface ModelStats {
  readonly provider: string
  readonly endpoint: string
  readonly model: string
  readonly answers: number
  readonly failures: number
  /** Tokens of the calls whose usage is known; null when that is none. */
  readonly promptTokens: number | null
  readonly completionTokens: number | null
  /** US dollars of the calls whose price is known; null when that is none. */
  readonly costUsd: number | null
  readonly unpricedAnswers: number
  /** Answers whose cost is estimated, because the server counted no tokens. */
  readonly estimatedAnswers: number
  /** Of answers alone, failures left out. Quantiles are interpolated between order statistics, as `quantile` does. */
  readonly latencyMs: { readonly mean: number; readonly p50: number; readonly p95: number } | null
  readonly firstAt: number | null
  readonly lastAt: number | null
}

/** What one run spent on one model, over all its processes, whether or not the answers are still in the journal. */
export interface RunSpending {
  readonly run: string
  readonly model: string
  readonly calls: number
  readonly promptTokens: number
  readonly completionTokens: number
  /** US dollars; null when no call had a price. */
  readonly costUsd: number | null
  readonly unpricedCalls: number
  /** Calls whose tokens no server counted: they are estimates, or 0. */
  readonly uncountedCalls: number
  /** Sent and perhaps billed, but no answer came. Tokens and dollars are the most they can be. */
  readonly lostCalls: number
  readonly lostTokens: number
  readonly lostUsd: number
  /** Sent and not settled: under way now, or lost when its process died. */
  readonly openCalls: number
  /** What of this was spent, calls that were lost included, before the run last began anew: caps do not count it. */
  readonly before: { readonly calls: number; readonly tokens: number; readonly costUsd: number }
}

/** One process that used the journal for a run. */
export interface JournalSession {
  readonly id: number
  readonly run: string
  readonly pipeline: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly fresh: boolean
}

/** What a journal holds, in numbers. */
export interface JournalStats {
  readonly file: string
  readonly version: number
  readonly bytes: number
  readonly answers: number
  readonly failures: ReadonlyArray<{ readonly reason: string; readonly calls: number }>
  readonly models: ReadonlyArray<ModelStats>
  readonly sessions: { readonly count: number; readonly last: JournalSession | null }
  readonly spent: ReadonlyArray<RunSpending>
  /** Calls that were imported, by model: what they cost was spent with another journal. */
  readonly imported: ReadonlyArray<Omit<RunSpending, "run" | "before">>
}

/**
 * Counts what a journal holds: answers, failures, tokens, cost and latency by model, sessions, and what each run spent.
 *
 * Models come by falling number of answers, failures by falling number of calls; ties by name. Reads the file once, without the
 * texts, into a temporary table on disk: the memory does not grow with the number of calls. One state of the file is read, also
 * while a run writes to it, except for `bytes`.
 */
export const journalStats = (journal: JournalFile): Effect.Effect<JournalStats, JournalFileError> =>
  readingJournal(journal.file, () => {
    const { database, file, version } = journal
    database.exec("BEGIN")
    try {
      database.exec(makeFacts)
      const failures = database.prepare(byReason).all() as unknown as JournalStats["failures"]
      const models = (database.prepare(byModel).all() as unknown as ReadonlyArray<ModelRow>).map((row) =>
        withLatency(journal, row)
      )
      const last = database.prepare("SELECT * FROM knownSessions ORDER BY id DESC LIMIT 1").get()
      const { count } = database.prepare("SELECT count(*) AS count FROM knownSessions").get() as { count: number }
      const rows = database.prepare(byRun).all() as unknown as ReadonlyArray<SpendingRow>
      const spent = rows.map(({ callsBefore, tokensBefore, usdBefore, ...row }) => ({
        ...row,
        before: { calls: callsBefore, tokens: tokensBefore, costUsd: usdBefore },
        costUsd: row.costUsd === 0 && row.unpricedCalls >= row.calls ? null : row.costUsd
      }))
      return {
        file,
        version,
        bytes: journalBytes(file),
        answers: models.reduce((sum, { answers }) => sum + answers, 0),
        failures: failures.map((row) => ({ ...row })),
        models,
        sessions: { count, last: last === undefined ? null : sessionOf(last) },
        spent: spent.filter(({ run }) => run !== importRun),
        imported: spent.flatMap(({ before: _none, run, ...amounts }) => (run === importRun ? [amounts] : []))
      }
    } finally {
      database.exec("ROLLBACK")
    }
  })

/** A row of `knownSessions` as data. */
export const sessionOf = (row: Readonly<Record<string, unknown>>): JournalSession =>
  ({ ...row, fresh: row["fresh"] === 1 }) as unknown as JournalSession

const makeFacts = `
  CREATE TEMP TABLE facts AS
    SELECT provider, endpoint, model, promptTokens, completionTokens, costUsd, latencyMs, answeredAt,
      CASE WHEN failure IS NULL THEN NULL WHEN json_valid(failure) THEN coalesce(failure ->> '$.reason', 'unknown')
        ELSE 'unknown' END AS reason
    FROM knownCalls;
  CREATE INDEX temp.factsByLatency ON facts (provider, endpoint, model, latencyMs)
    WHERE reason IS NULL AND latencyMs IS NOT NULL`

const byReason = `SELECT reason, count(*) AS calls FROM facts WHERE reason IS NOT NULL GROUP BY reason ORDER BY calls DESC, reason`

const byModel = `
  SELECT provider, endpoint, model,
    count(*) FILTER (WHERE reason IS NULL) AS answers,
    count(reason) AS failures,
    sum(promptTokens) AS promptTokens,
    sum(completionTokens) AS completionTokens,
    sum(costUsd) AS costUsd,
    count(*) FILTER (WHERE reason IS NULL AND costUsd IS NULL) AS unpricedAnswers,
    count(*) FILTER (WHERE reason IS NULL AND costUsd > 0 AND promptTokens IS NULL) AS estimatedAnswers,
    count(latencyMs) FILTER (WHERE reason IS NULL) AS timed,
    avg(latencyMs) FILTER (WHERE reason IS NULL) AS mean,
    min(answeredAt) AS firstAt,
    max(answeredAt) AS lastAt
  FROM facts GROUP BY provider, endpoint, model ORDER BY answers DESC, provider, endpoint, model`

const byRun = `
  SELECT run, model, sum(calls) AS calls, sum(promptTokens) AS promptTokens, sum(completionTokens) AS completionTokens,
    sum(costUsd) AS costUsd, sum(unpricedCalls) AS unpricedCalls, coalesce(sum(uncountedCalls), 0) AS uncountedCalls,
    sum(lostCalls) AS lostCalls, sum(lostTokens) AS lostTokens, sum(lostUsd) AS lostUsd, sum(openCalls) AS openCalls,
    sum(isBefore * (calls + lostCalls)) AS callsBefore,
    sum(isBefore * (promptTokens + completionTokens + lostTokens)) AS tokensBefore,
    sum(isBefore * (costUsd + lostUsd)) AS usdBefore
  FROM (
    SELECT *, 0 AS openCalls, 0 AS isBefore FROM knownSpent
    UNION ALL SELECT *, 0, 1 FROM knownSpentBefore
    UNION ALL SELECT run, model, 0, 0, 0, 0, 0, 0, 0, 0, 0, coalesce(calls, 1), 0 FROM knownOpenCalls)
  GROUP BY run, model ORDER BY run, model`

type SpendingRow = Omit<RunSpending, "before"> & Readonly<Record<"callsBefore" | "tokensBefore" | "usdBefore", number>>

type ModelRow = Omit<ModelStats, "latencyMs"> & { readonly timed: number; readonly mean: number | null }

const withLatency = ({ database }: JournalFile, { timed, mean, ...counts }: ModelRow): ModelStats => {
  if (mean === null) return { ...counts, latencyMs: null }
  const inOrder = database.prepare(
    `SELECT latencyMs FROM facts WHERE provider = ? AND endpoint = ? AND model = ? AND reason IS NULL AND latencyMs IS NOT NULL
      ORDER BY latencyMs LIMIT 2 OFFSET ?`
  )
  const quantileAt = (share: number): number => {
    const position = share * (timed - 1)
    const [below, above] = inOrder
      .all(counts.provider, counts.endpoint, counts.model, Math.floor(position))
      .map((row) => row["latencyMs"] as number)
    return below! + ((above ?? below!) - below!) * (position % 1)
  }
  return { ...counts, latencyMs: { mean, p50: quantileAt(0.5), p95: quantileAt(0.95) } }
}
