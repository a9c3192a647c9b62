import * as crypto from "node:crypto"
import { isDamage } from "./JournalError.ts"
import type { JournalFile } from "./JournalFile.ts"
import { readableCalls, type Unread } from "./readableCalls.ts"

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
 * Returns null, or for a damaged journal how many calls could not be read: damage is read past (`readableCalls`). Of a journal that is
 * not damaged one call is in memory at a time. Throws what SQLite throws for other reasons than damage.
 */
export function* journalLines(
  journal: JournalFile,
  options: { readonly failures: boolean }
): Generator<JournalLine, Unread | null> {
  const where = options.failures ? "WHERE failure IS NOT NULL" : ""
  let lastGiven = 0
  try {
    const rows = journal.database.prepare(`SELECT * FROM knownCalls ${where} ORDER BY id`).iterate()
    for (const row of rows) {
      yield lineOf(row)
      lastGiven = row["id"] as number
    }
    return null
  } catch (cause) {
    if (!isDamage(cause) && !(cause instanceof NoCall)) throw cause
  }
  const lines = readableCalls(journal, (row) => ({ id: (row as CallRow).id, line: soundLineOf(row) }))
  for (;;) {
    const next = lines.next()
    if (next.done === true) return next.value
    const { id, line } = next.value
    if (id > lastGiven && !(options.failures && line.failure === null)) yield line
  }
}

interface CallRow extends Pick<
  JournalLine,
  "key" | "provider" | "endpoint" | "model" | "promptTokens" | "completionTokens" | "costUsd" | "latencyMs"
> {
  readonly id: number
  readonly request: string
  readonly answer: string
  readonly failure: string | null
  readonly answeredAt: number | null
}

/** Reads one call of a journal by its key; null where the journal does not hold it. Throws what SQLite throws, and for damage. */
export const journalCall = ({ database }: JournalFile, key: string): Omit<JournalLine, "key"> | null => {
  const row = database.prepare("SELECT * FROM knownCalls WHERE key = ?").get(key)
  if (row === undefined) return null
  const { key: _key, ...call } = lineOf(row)
  return call
}

/** A row of a damaged journal that holds no call. */
class NoCall extends Error {}

const lineOf = (row: unknown): JournalLine => {
  try {
    const { answer, answeredAt, failure, request, ...call } = row as CallRow
    return {
      key: textOf(call.key),
      provider: textOf(call.provider),
      endpoint: textOf(call.endpoint),
      model: textOf(call.model),
      request: JSON.parse(textOf(request)),
      answer: JSON.parse(textOf(answer)),
      failure: failure === null ? null : JSON.parse(textOf(failure)),
      promptTokens: call.promptTokens,
      completionTokens: call.completionTokens,
      costUsd: call.costUsd,
      latencyMs: call.latencyMs,
      answeredAt: answeredAt === null ? null : new Date(answeredAt).toISOString()
    }
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause)
    throw new NoCall(`a row that holds no call (${found})`, { cause })
  }
}

/** A line whose request is the one that was asked: where a page is damaged, others may be. */
const soundLineOf = (row: unknown): JournalLine => {
  const line = lineOf(row)
  if (crypto.hash("sha256", (row as CallRow).request) === line.key) return line
  throw new NoCall("a call whose key is not that of its request")
}

const textOf = (value: unknown): string => {
  if (typeof value === "string") return value
  throw new TypeError(`${typeof value} in place of a text`)
}
