import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import { Budget } from "../Budget.ts"
import { Journal, JournalError } from "../Journal.ts"
import { damagedJournal } from "../JournalError.ts"
import type { ModelCounts } from "../Progress.ts"
import { type CallRecord, Run } from "../Run.ts"
import { Dispatcher } from "./Dispatcher.ts"
import type { Exchange } from "./Exchange.ts"
import { filedError } from "./filedError.ts"
import { LanguageModelError } from "./LanguageModelError.ts"
import type { Provider } from "./Provider.ts"
import { Standing } from "./Standing.ts"

/** What all calls of a service share. */
export interface Office {
  readonly provider: Provider
  readonly journal: Journal["Service"]
  readonly dispatcher: Dispatcher
  readonly budget: Budget
  readonly countsOf: (model: string) => ModelCounts
  /** An error in the name of the provider. */
  readonly error: (
    model: string,
    reason: LanguageModelError["reason"],
    found: string,
    remedy: string
  ) => LanguageModelError
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly standing: Standing
  /** Calls that are neither answered nor given up. */
  readonly underWay: Set<Pick<Exchange<never>, "filed">>
  /** Whether an earlier run failed to get an answer to the request of this key. */
  readonly failedBefore: (key: string) => boolean
  /** Whether an earlier run ended well and could not tell whose fault it was that the request of this key was refused. */
  readonly leftOpen: (key: string) => boolean
  /** Notes requests that were refused before the run stops for that: met again by a later run, they stop it no more. */
  readonly noteRefused: (keys: ReadonlyArray<string>) => Effect.Effect<void, JournalError>
  readonly log: ((record: CallRecord) => void) | null
  /** An error after which no call can succeed, or none could be kept: a wrong key, no credit, a dead endpoint, a full disk. */
  fatal: LanguageModelError | JournalError | null
}

/** Where the keys of requests are noted that were refused again at a time when nobody knows whether the server was well. */
const openNote = "refused again"
/** Where the keys of requests are noted that were refused before a run stopped for that: met again, they stop no other run. */
export const refusedNote = "refused"

/**
 * Opens the office of a provider, with what this run has spent so far.
 *
 * Where the scope ends well, failures that were held are filed: no server was at fault. Not those of a kind of call that was never
 * answered, and those of which nobody knows whose fault they were, which are told. Caps that were passed are told in any case.
 */
export const openOffice = Effect.fnUntraced(function* (
  provider: Provider
): Effect.fn.Return<Office, JournalError, Journal | Run | Scope.Scope> {
  const journal = yield* Journal
  const { caps, control, log, progress } = yield* Run
  const clock = yield* Clock.Clock
  // What waits is over with the scope.
  const fork = yield* FiberSet.makeRuntime()
  const budget = new Budget(caps, journal.spent(), journal.sent)
  yield* Effect.addFinalizer(() => tellOfPassedCaps(budget))
  const dispatcher = new Dispatcher(provider.routes, {
    control,
    budget,
    countsOf: (endpoint) => progress.route(endpoint),
    timer: {
      now: () => clock.currentTimeMillisUnsafe(),
      after: (ms, run) => void fork(Effect.andThen(Effect.sleep(ms), Effect.sync(run)))
    }
  })
  const isLive = provider.routes.every(({ resumable }) => resumable === undefined)
  if (isLive && journal.sent.size > 0) {
    yield* Effect.logWarning(
      `${journal.sent.size} calls of this run are under way in a batch and may be billed; what is asked now costs as well. To wait for them instead, stop, and run with the provider batch`
    )
  }
  const noted = (name: string) =>
    Effect.try({
      try: () => new Set(JSON.parse(journal.note(name) ?? "[]") as ReadonlyArray<string>),
      catch: (cause) => (cause instanceof JournalError ? cause : damagedJournal(journal.file, "a note that is no JSON"))
    })
  const refusedBefore = yield* noted(refusedNote)
  const openBefore = yield* noted(openNote)
  const refused = new Set(refusedBefore)
  const office: Office = {
    provider,
    journal,
    dispatcher,
    budget,
    countsOf: (model) => progress.model(model),
    error: (model, reason, found, remedy) =>
      new LanguageModelError({ provider: provider.name, model, reason, found, remedy }),
    now: () => clock.currentTimeMillisUnsafe(),
    standing: new Standing((entry, filed) =>
      journal.onKept(entry, null, (kept) => {
        filed()
        const problem = Exit.isFailure(kept) ? Cause.squash(kept.cause) : null
        if (problem instanceof JournalError) office.fatal ??= problem
      })
    ),
    noteRefused: (keys) =>
      Effect.suspend(() => {
        for (const key of keys) refused.add(key)
        return journal.writeNote(refusedNote, JSON.stringify([...refused]))
      }),
    underWay: new Set(),
    leftOpen: (key) => openBefore.has(key),
    failedBefore: (key) => refusedBefore.has(key) || journal.failedBefore(key),
    log,
    fatal: null
  }
  yield* Effect.addFinalizer((exit) => {
    const { standing } = office
    if (Exit.isFailure(exit) || office.fatal !== null) return Effect.void
    standing.fileAll()
    const { nOpen } = standing
    if (nOpen === 0) return Effect.void
    return Effect.andThen(
      Effect.catch(
        journal.writeNote(openNote, JSON.stringify([...openBefore, ...standing.doubtedKeys()])),
        ({ message }) => Effect.logWarning(message)
      ),
      Effect.logWarning(
        `${nOpen === 1 ? "1 request failed" : `${nOpen} requests failed`} while no other call was answered: nobody knows whether the server was at fault. Their rows are rejected; running again asks them once more`
      )
    )
  })
  return office
})

/** Fails where a kind of call was never answered, and requests of it were refused or brought nothing that can be read. */
export const verdict = ({ error, provider, standing }: Office): Effect.Effect<void, LanguageModelError> =>
  Effect.suspend(() => {
    const failure = standing.unanswered
    if (failure === null) return Effect.void
    const { model } = failure
    const { found, reason } = filedError(provider.name, model, failure.failure)
    return Effect.fail(
      error(
        model,
        reason,
        `no call of its kind was ever answered: ${found}`,
        "check the server, the model name and the parameters; running again asks again"
      )
    )
  })

const tellOfPassedCaps = ({ passed }: Budget): Effect.Effect<void> =>
  Effect.forEach(
    passed,
    (one) =>
      Effect.logWarning(
        `A cap was passed: ${one}, earlier runs into this folder included; either calls took more than was set aside for them, or the cap was higher then`
      ),
    { discard: true }
  )
