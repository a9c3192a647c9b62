import type * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { JournalError } from "../Journal.ts"
import { canBeRetried, LanguageModelError } from "../services/LanguageModelError.ts"
import type { Call } from "../services/Provider.ts"
import type { BatchMember } from "./BatchGathering.ts"
import type { BatchNote } from "./BatchNotes.ts"
import type { BatchState } from "./BatchServer.ts"

/** The body of an answer, or leave to ask live. */
export type BatchAnswer = { readonly body: unknown } | "live"

/** A request that somebody waits for. */
export interface Awaited extends BatchMember {
  readonly call: Pick<Call, "leaves">
  readonly answer: Deferred.Deferred<BatchAnswer, LanguageModelError | JournalError>
  /** Batches that left it unanswered. */
  nBatches: number
}

const minPauseMs = 1000
const maxPauseMs = 60_000

/** Pauses between two looks at the same thing, in milliseconds: one second, and double each time up to a minute. */
export const pauseAfter = (pauseMs: number): number => Math.max(minPauseMs, Math.min(maxPauseMs, 2 * pauseMs))

/** A batch that was sent, or is about to be, and who waits for its answers. */
export class SentBatch {
  note: BatchNote
  /** The keys in the order of the lines. */
  readonly lines: ReadonlyArray<string>
  /** The keys whose answers were not taken yet. */
  readonly keys: Set<string>
  readonly waiting: Map<string, Awaited>
  /** When the last one came to wait, in milliseconds since 1970. */
  lastJoinedAt: number
  state: BatchState | null = null
  /** What hinders it at the moment. */
  problem: string | null = null
  /** Tells whether a fiber takes care of it. */
  isWatched = false

  constructor(note: BatchNote, lines: ReadonlyArray<string>, waiting: ReadonlyMap<string, Awaited>) {
    this.note = note
    this.lines = lines
    this.keys = new Set(lines)
    this.waiting = new Map(waiting)
    this.lastJoinedAt = note.at
  }

  /** Everyone who waits for it; nobody does any more. */
  release(): ReadonlyArray<Awaited> {
    const members = [...this.waiting.values()]
    this.waiting.clear()
    return members
  }

  /** Tries again, with growing pauses, what may succeed later. */
  trying<A>(effect: Effect.Effect<A, LanguageModelError>, tries: number): Effect.Effect<A, LanguageModelError> {
    return Effect.gen({ self: this }, function* () {
      let pauseMs = 0
      for (let nTries = 1; ; nTries++) {
        const tried = yield* Effect.result(effect)
        this.problem = Result.isSuccess(tried) ? null : tried.failure.found
        if (Result.isSuccess(tried)) return tried.success
        const error = tried.failure
        if (!canBeRetried(error) || nTries >= tries) return yield* error
        pauseMs = pauseAfter(pauseMs)
        yield* Effect.sleep(Math.max(pauseMs, error.retryAfterMs ?? 0))
      }
    })
  }

  /** How it stands, for people. */
  get status(): string {
    const { note, problem, state, waiting } = this
    if (note.batch === null) {
      return `a batch of ${inWords(waiting.size)} being sent${problem === null ? "" : `: ${problem}`}`
    }
    if (problem !== null) return `${note.batch}: ${problem}`
    return `${note.batch}: ${inWords(state?.nDone ?? 0)} of ${inWords(state?.nRequests || waiting.size)} done`
  }
}

/**
 * The error without a bill: a step of a batch costs nothing, and what the batch itself costs is counted apart. Where nothing was sent
 * it still says so.
 */
export const unbilled = <E extends { readonly _tag: string }>(
  error: E | LanguageModelError,
  wasSent: boolean
): E | LanguageModelError => {
  if (!(error instanceof LanguageModelError) || (!wasSent && error.mayBeBilled === false)) return error
  const { found, model, provider, reason, remedy } = error
  return new LanguageModelError({ reason, provider, model, found, remedy })
}

/** A count for people, in groups of three digits. */
export const inWords = (n: number): string => n.toLocaleString("en")
