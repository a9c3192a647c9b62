import * as crypto from "node:crypto"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { canonicalJson } from "../canonicalJson.ts"
import { fileLines } from "../fileLines.ts"
import { Journal, type JournalEntry, type JournalError } from "../Journal.ts"
import type { NoteLine } from "../journalNotes.ts"
import { CommandFailed } from "./CommandFailed.ts"

/** What came of an import. */
export interface Imported {
  /** Calls that the journal did not hold. */
  readonly added: number
  /** Calls that it held already, and that stay as they were. */
  readonly known: number
  /** Notes that the journal did not hold, such as those of batches under way. */
  readonly notes: number
  /** Lines that hold no call, and the first of them, counted from 1; null where there are none. */
  readonly unread: { readonly lines: number; readonly first: number; readonly found: string } | null
}

/** Calls that are read before they are kept. */
const groupSize = 256

/**
 * Adds the calls of a file that `exportJournal` wrote to a journal, which then answers them without asking.
 *
 * Notes are added where the journal has none of their name, so that batches which are under way are waited for and not sent again.
 * An answer takes the place of a failure and of nothing else. Lines that hold no call, or one whose key is not that of its request,
 * are passed over and counted; blank ones are not. The same import can be made again. Fails where the file cannot be read.
 */
export const importJournal = Effect.fnUntraced(function* (
  file: string
): Effect.fn.Return<Imported, CommandFailed | JournalError, Journal> {
  const journal = yield* Journal
  const counts = { added: 0, known: 0, notes: 0 }
  const bad = { lines: 0, first: 0, found: "" }
  const lines = fileLines(file, true)
  for (let nLines = 0; ; nLines += groupSize) {
    const group = yield* Effect.try({
      try: () => nextLines(lines),
      catch: (cause) =>
        new CommandFailed({
          message: `Cannot import "${file}": found ${cause instanceof Error ? cause.message : String(cause)}, expected a file that prefloom journal export wrote; name one`
        })
    })
    if (group.length === 0) return { ...counts, unread: bad.lines === 0 ? null : bad }
    const entries = new Map<string, JournalEntry>()
    for (const [i, line] of group.entries()) {
      if (line.trim() === "") continue
      const found = contentOf(line)
      if (typeof found === "string") {
        if (bad.lines++ === 0) Object.assign(bad, { first: nLines + i + 1, found })
      } else if ("note" in found) {
        if ((yield* reading(() => journal.note(found.note))) !== undefined) continue
        yield* journal.writeNote(found.note, found.value)
        counts.notes++
      } else if (entries.has(found.key)) counts.known++
      else entries.set(found.key, found)
    }
    yield* Effect.forEach(
      entries.values(),
      Effect.fnUntraced(function* (entry) {
        const held = yield* reading(() => journal.find(entry.key))
        if (held !== undefined && (held.failure === null || entry.failure !== null)) {
          counts.known++
          return
        }
        yield* journal.keep(entry)
        counts.added++
      }),
      { concurrency: "unbounded", discard: true }
    )
  }
})

const reading = <A>(read: () => A): Effect.Effect<A, JournalError> =>
  Effect.try({ try: read, catch: (cause) => cause as JournalError })

const nextLines = (lines: Iterator<string>): ReadonlyArray<string> => {
  const group: Array<string> = []
  while (group.length < groupSize) {
    const next = lines.next()
    if (next.done === true) break
    group.push(next.value)
  }
  return group
}

const amount = Schema.NullOr(Schema.Finite)

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const decodeLine = Schema.decodeUnknownResult(
  Schema.fromJsonString(
    Schema.Union([
      Schema.Struct({
        key: Schema.String,
        provider: Schema.String,
        endpoint: Schema.String,
        model: Schema.String,
        request: Schema.Unknown,
        answer: Schema.Unknown,
        failure: Schema.NullOr(Schema.Record(Schema.String, Schema.Unknown)),
        promptTokens: amount,
        completionTokens: amount,
        costUsd: amount,
        latencyMs: amount,
        answeredAt: Schema.NullOr(Schema.String)
      }),
      Schema.Struct({ note: Schema.String, value: Schema.String.check(Schema.makeFilter(isJson)) })
    ])
  )
)

/** The call or the note on a line, or what is there in its place. */
const contentOf = (line: string): JournalEntry | NoteLine | string => {
  const decoded = decodeLine(line)
  if (Result.isFailure(decoded)) return "no call"
  if ("note" in decoded.success) return decoded.success
  const { answer, answeredAt, failure, latencyMs, request, ...call } = decoded.success
  if (answer === null && failure === null) return "no call"
  const canonical = canonicalJson(request)
  if (crypto.hash("sha256", canonical) !== call.key) return "a call whose key is not that of its request"
  return {
    ...call,
    request: canonical,
    answer: JSON.stringify(answer),
    failure: failure === null ? null : JSON.stringify(failure),
    latencyMs: latencyMs ?? 0,
    answeredAt: answeredAt === null ? 0 : Date.parse(answeredAt) || 0,
    estimate: null,
    calls: failure === null ? 1 : 0
  }
}
