import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { JournalEntry } from "../Journal.ts"
import type { Exchange } from "./Exchange.ts"
import { aboutOneRow, concernsOneRow, type LanguageModelError } from "./LanguageModelError.ts"
import type { Office } from "./Office.ts"
import { mostAtFault } from "./Standing.ts"

/** Errors that no later call will be spared. */
const endsAll: ReadonlySet<LanguageModelError["reason"]> = new Set(["authentication", "outOfCredit", "rateLimited"])
/** Errors that may be the fault of a row, and may be that of the server. */
const maybeServers: ReadonlySet<LanguageModelError["reason"]> = new Set(["badRequest", "malformed"])

/**
 * Ends an exchange without an answer: what concerns one row is filed, at once where the server says so and else as soon as it shows
 * that it is not at fault itself; everything else ends the run once calls are home. What is `open`, because nobody knows whose fault it
 * was, is not filed by this run.
 */
export const giveUp = Effect.fnUntraced(function* <Answer>(
  office: Office,
  asked: Exchange<Answer>,
  error: LanguageModelError,
  sent: { readonly first: number; readonly last: number },
  isOpen = false
) {
  const { dispatcher, standing } = office
  const keys = asked.filed.map(({ key }) => key)
  // One that an earlier run met too says nothing new of the server.
  const isNew = !keys.every(office.failedBefore)
  // Several samples in one call may be what the server does not know: they are asked for one by one.
  if (asked.filed.length > 1 && maybeServers.has(error.reason)) {
    asked.sentBy = null
    asked.onRefused?.()
    // Others on their way may be answered, and show that this one is at fault.
    if (standing.lastAnswerAt(asked.kind) === null) yield* dispatcher.drained
    return yield* error
  }
  if (!concernsOneRow(error)) {
    asked.sentBy = null
    if (error.reason !== "badRequest") {
      if (endsAll.has(error.reason)) office.fatal ??= error
      yield* dispatcher.drained
      return yield* error
    }
    if (standing.lastAnswerAt(asked.kind) === null) yield* dispatcher.drained
    if (isNew && standing.lastAnswerAt(asked.kind) === null) {
      yield* office.noteRefused(keys)
      const remedy = `${error.remedy}; or, if its row is at fault, run again, which goes past it`
      return yield* office.error(asked.model, "badRequest", error.found, remedy)
    }
  }
  if (isNew && (maybeServers.has(error.reason) || standing.lastAnswerAt(asked.kind) === null)) {
    // Of rows that are at fault the last tries come when all others are answered.
    standing.refused(asked.kind, sent.first)
    const areTooMany = () => standing.nRefused(asked.kind) > mostAtFault
    if (areTooMany()) {
      // Calls that were sent after it may be answered, and show that these are at fault.
      yield* dispatcher.whenDrained(() => {
        if (areTooMany()) office.fatal ??= inARow(office, asked, error)
      })
    }
    if (office.fatal !== null) {
      if (areTooMany()) yield* office.noteRefused([...standing.heldKeys(), ...keys])
      return yield* office.fatal
    }
  }
  const { found, reason, remedy } = error
  const answeredAt = yield* Clock.currentTimeMillis
  for (const { canonical, key } of asked.filed) {
    const entry: JournalEntry = {
      key,
      provider: office.provider.name,
      endpoint: office.provider.endpoint,
      model: asked.model,
      request: canonical,
      answer: "null",
      failure: JSON.stringify({ reason, found, remedy }),
      promptTokens: null,
      completionTokens: null,
      costUsd: null,
      estimate: null,
      latencyMs: 0,
      answeredAt,
      calls: 0
    }
    if (reason === "contentFilter" || reason === "contextTooLong") yield* office.journal.keep(entry)
    else {
      // What an earlier run was stopped for may have met a server that has been unwell ever since.
      const isDoubted = !isNew && !office.leftOpen(key) && !standing.wasWellBefore(asked.kind, sent.last)
      standing.hold(asked.kind, entry, answeredAt, isOpen || isDoubted)
    }
  }
  return yield* aboutOneRow(error)
})

/** The error of a server that refuses all, or answers nothing that can be read. */
const inARow = <Answer>(office: Office, asked: Exchange<Answer>, { found, reason }: LanguageModelError) => {
  const what = { badRequest: "requests refused", malformed: "answers broken" }[reason as string] ?? "requests failed"
  const remedy = "check the server, the model name and the parameters; running again asks them again"
  return office.error(asked.model, reason, `${mostAtFault + 1} ${what} in a row, the last with ${found}`, remedy)
}
