import type { JournalFile } from "./JournalFile.ts"

/** One call of a journal, as it is handed to other programs. */
export interface JournalLine {
  readonly key: string
  readonly provider: string
  readonly endpoint: string
  readonly model: string
  readonly request: unknown
  /** What the model answered; null where only a failure is known. */
  readonly answer: unknown
  /** Why the call is of no use; null for a good answer. */
  readonly failure: unknown
  readonly promptTokens: number | null
  readonly completionTokens: number | null
  /** US dollars; null where no price is known. */
  readonly costUsd: number | null
  readonly latencyMs: number | null
  /** ISO 8601 in UTC. */
  readonly answeredAt: string | null
}

/**
 * Reads the calls of a journal one after the other, in the order they came in; with `failures` the failures alone.
 *
 * One call is in memory at a time. Throws what SQLite throws, and a SyntaxError for a call that holds no JSON.
 */
export function* journalLines(
  { database }: JournalFile,
  options: { readonly failures: boolean }
): Generator<JournalLine> {
  const where = options.failures ? "WHERE failure IS NOT NULL" : ""
  const rows = database.prepare(`SELECT * FROM knownCalls ${where} ORDER BY id`).iterate()
  for (const row of rows as unknown as Iterable<CallRow>) {
    yield lineOf(row)
  }
}

interface CallRow extends Pick<
  JournalLine,
  "key" | "provider" | "endpoint" | "model" | "promptTokens" | "completionTokens" | "costUsd" | "latencyMs"
> {
  readonly request: string
  readonly answer: string
  readonly failure: string | null
  readonly answeredAt: number | null
}

/** Reads one call of a journal by its key; null where the journal does not hold it. Throws as `journalLines` does. */
export const journalCall = ({ database }: JournalFile, key: string): Omit<JournalLine, "key"> | null => {
  const row = database.prepare("SELECT * FROM knownCalls WHERE key = ?").get(key) as unknown as CallRow | undefined
  if (row === undefined) return null
  const { key: _key, ...call } = lineOf(row)
  return call
}

const lineOf = (row: CallRow): JournalLine => ({
  key: row.key,
  provider: row.provider,
  endpoint: row.endpoint,
  model: row.model,
  request: JSON.parse(row.request),
  answer: JSON.parse(row.answer),
  failure: row.failure === null ? null : JSON.parse(row.failure),
  promptTokens: row.promptTokens,
  completionTokens: row.completionTokens,
  costUsd: row.costUsd,
  latencyMs: row.latencyMs,
  answeredAt: row.answeredAt === null ? null : new Date(row.answeredAt).toISOString()
})
