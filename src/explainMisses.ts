import * as Effect from "effect/Effect"
import { importRun } from "./Journal.ts"
import { type JournalFile, JournalFileError, readingJournal } from "./JournalFile.ts"
import { type JournalSession, sessionOf } from "./journalStats.ts"
import { nearestRequests, type Neighbour } from "./nearestRequests.ts"
import { requestFacets, userMessage } from "./requestFacets.ts"

/** Two calls side by side: what an earlier one asked and what this one asks. A text is null where the field was not set. */
export interface MissExample {
  readonly key: string
  readonly earlierKey: string
  readonly changes: ReadonlyArray<{
    readonly field: string
    readonly before: string | null
    readonly after: string | null
  }>
}

/**
 * Why a number of calls had to be asked.
 *
 * `field`: one field differs from an earlier call. `several`: more than one does. `newPrompt`: what is asked was never asked, and all
 * else is as before. `unlike`: no earlier call is like it. `first`: the journal held nothing before. `fresh`: earlier answers were
 * left aside on purpose. `retried`: it had brought no usable answer before, and such calls were asked again on purpose.
 */
export interface MissReason {
  readonly kind: "field" | "several" | "newPrompt" | "unlike" | "first" | "fresh" | "retried"
  /** The fields that differ, sorted. */
  readonly fields: ReadonlyArray<string>
  readonly calls: number
  readonly example: MissExample | null
}

/** What a session had to ask and why. */
export interface MissReport {
  readonly file: string
  readonly session: JournalSession
  /** Calls that were asked because the journal had no answer to them. */
  readonly asked: number
  /** Of those, the calls that were looked at: all, or a sample. */
  readonly examined: number
  /** Calls of earlier sessions, which the examined ones were compared with. */
  readonly earlier: number
  /** By falling number of examined calls. */
  readonly reasons: ReadonlyArray<MissReason>
}

/** Calls that are looked at, at most: enough for shares within two per cent or so. */
const maxExamined = 2000

/**
 * Says for the calls that a session asked what made each of them miss: the fields in which it differs from its nearest earlier call.
 *
 * `session` is null for the last one. At most 2,000 calls are examined, those with the smallest keys: keys are hashes, so that is a
 * fair sample and always the same one. Earlier calls are streamed. Time O(calls), memory O(examined texts).
 * Fails when there is no such session; version 1 of the journal recorded none. Fails, too, where a later session with --fresh asked
 * anything: nobody knows any more what was there before. Of a call that --retry-rejects asked again the first session and the last one are known,
 * not those between.
 */
export const explainMisses = Effect.fnUntraced(function* (journal: JournalFile, session: number | null) {
  const chosen = yield* findSession(journal, session)
  const fresh = yield* readingJournal(journal.file, () => laterFresh(journal, chosen))
  if (fresh !== null) {
    return yield* new JournalFileError({
      file: journal.file,
      found: `of each call the last session alone that asked it, and session ${fresh} asked calls again with --fresh`,
      wanted: `what was there before session ${chosen.id}`,
      remedy: `name a session from ${fresh} on with --session`
    })
  }
  return yield* readingJournal(journal.file, () => report(journal, chosen))
})

const findSession = Effect.fnUntraced(function* ({ database, file, version }: JournalFile, wanted: number | null) {
  const row = yield* readingJournal(file, () =>
    database.prepare(`${sessionsOfRuns} AND (?2 IS NULL OR id = ?2) ORDER BY id DESC LIMIT 1`).get(importRun, wanted)
  )
  if (row !== undefined) return sessionOf(row)
  const { first, last } = database
    .prepare(`SELECT min(id) AS first, max(id) AS last FROM (${sessionsOfRuns})`)
    .get(importRun) as { readonly first: number | null; readonly last: number | null }
  if (first === null) {
    return yield* new JournalFileError({
      file,
      found: version < 2 ? `version ${version}, which records no sessions` : "no session",
      wanted: "a session whose calls can be explained",
      remedy: "run the pipeline into this folder once with this program"
    })
  }
  return yield* new JournalFileError({
    file,
    found: first === last ? `session ${first} alone` : `sessions ${first} to ${last}, but for imports`,
    wanted: `session ${wanted}`,
    remedy: "name one of those with --session"
  })
})

/** What was imported nobody asked. */
const sessionsOfRuns = "SELECT * FROM knownSessions WHERE run <> ?1"

/** The last session after one that asked anything with --fresh; null where there is none. */
const laterFresh = ({ database }: JournalFile, { id }: JournalSession): number | null =>
  database
    .prepare(
      `SELECT max(id) AS fresh FROM knownSessions
        WHERE id > ? AND fresh = 1 AND EXISTS (SELECT 1 FROM knownCalls WHERE knownSessions.id IN (session, firstSession))`
    )
    .get(id)!["fresh"] as number | null

interface Call {
  readonly id: number
  readonly key: string
  readonly request: string
}

const report = ({ database, file }: JournalFile, session: JournalSession): MissReport => {
  const { asked, earlier } = database
    .prepare(
      `SELECT count(*) FILTER (WHERE ${isAsked}) AS asked, count(*) FILTER (WHERE ${isEarlier}) AS earlier FROM knownCalls`
    )
    .get(session.id) as { readonly asked: number; readonly earlier: number }
  const base = { file, session, asked, earlier }
  if (asked === 0) return { ...base, examined: 0, reasons: [] }
  if (session.fresh || earlier === 0) {
    const kind = session.fresh ? "fresh" : "first"
    return { ...base, examined: asked, reasons: [{ kind, fields: [], calls: asked, example: null }] }
  }
  const examined = database
    .prepare(
      `SELECT id, key, request, ${isEarlier} AS isRetried FROM knownCalls
        WHERE id IN (SELECT id FROM knownCalls WHERE ${isAsked} ORDER BY key LIMIT ${maxExamined}) ORDER BY id`
    )
    .all(session.id) as unknown as ReadonlyArray<Call & { readonly isRetried: 0 | 1 }>
  const sample = examined.filter(({ isRetried }) => isRetried === 0)
  const nRetried = examined.length - sample.length
  const stream = database
    .prepare(`SELECT id, request FROM knownCalls WHERE ${isEarlier}`)
    .iterate(session.id) as unknown as Iterable<Call>
  const neighbours = nearestRequests(sample.map(facetsOf), eachFacets(stream))

  const groups = new Map<
    string,
    { readonly reason: Omit<MissReason, "calls" | "example">; readonly calls: Array<number> }
  >()
  neighbours.forEach((neighbour, i) => {
    const reason = reasonOf(neighbour)
    const name = [reason.kind, ...reason.fields].join("\n")
    const group = groups.get(name)
    if (group === undefined) groups.set(name, { reason, calls: [i] })
    else group.calls.push(i)
  })
  const find = database.prepare("SELECT id, key, request FROM knownCalls WHERE id = ?")
  const findCall = (id: number) => find.get(id) as unknown as Call
  const reasons = [...groups.values()].map(({ reason, calls }) => {
    const neighbour = neighbours[calls[0]!]!
    const example = neighbour === null ? null : exampleOf(sample[calls[0]!]!, neighbour, findCall)
    return { ...reason, calls: calls.length, example }
  })
  if (nRetried > 0) reasons.push({ kind: "retried", fields: [], calls: nRetried, example: null })
  return { ...base, examined: examined.length, reasons: reasons.sort((a, b) => b.calls - a.calls) }
}

/** What a session asked, be it that a later one asked it again. */
const isAsked = "?1 IN (session, firstSession)"

/** What was asked before a session, be it that it asked that again. */
const isEarlier = "coalesce(firstSession, session, 0) < ?1"

const facetsOf = ({ request }: Pick<Call, "request">) => requestFacets(JSON.parse(request))

function* eachFacets(calls: Iterable<Call>): Generator<readonly [number, ReadonlyMap<string, string>]> {
  for (const call of calls) yield [call.id, facetsOf(call)]
}

const reasonOf = (neighbour: Neighbour | null): Omit<MissReason, "calls" | "example"> => {
  if (neighbour === null) return { kind: "unlike", fields: [] }
  const { fields, related } = neighbour
  if (fields.length > 1) return { kind: "several", fields }
  return fields[0] === userMessage && !related ? { kind: "newPrompt", fields } : { kind: "field", fields }
}

/** Takes, of several earlier calls that are equally near, the one whose changed texts are most alike. */
const exampleOf = (call: Call, { fields, ids }: Neighbour, find: (id: number) => Call): MissExample => {
  const after = facetsOf(call)
  const candidates = ids.map((id) => {
    const earlier = find(id)
    const before = facetsOf(earlier)
    const changes = fields.map((field) => ({
      field,
      before: before.get(field) ?? null,
      after: after.get(field) ?? null
    }))
    const alike = changes.reduce((sum, change) => sum + nShared(change.before ?? "", change.after ?? ""), 0)
    return { alike, example: { key: call.key, earlierKey: earlier.key, changes } }
  })
  return candidates.reduce((best, candidate) => (candidate.alike > best.alike ? candidate : best)).example
}

/** Characters two texts share at their start and end. */
const nShared = (a: string, b: string): number => {
  const most = Math.min(a.length, b.length)
  let start = 0
  while (start < most && a[start] === b[start]) start++
  let end = 0
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  return start + end
}
