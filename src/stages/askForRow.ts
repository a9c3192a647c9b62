import * as Effect from "effect/Effect"
import type { JournalError } from "../Journal.ts"
import { reject, type Rejection } from "../Rejects.ts"
import { concernsOneRow, type LanguageModelError } from "../services/LanguageModelError.ts"

/** Turns a model error that concerns one row alone into a rejection; every other error still stops the run. */
export const askForRow = <A, R>(
  ask: Effect.Effect<A, LanguageModelError | JournalError, R>
): Effect.Effect<A | Rejection, LanguageModelError | JournalError, R> =>
  Effect.catchTag(ask, "LanguageModelError", (error) =>
    concernsOneRow(error) ? Effect.succeed(reject(error.reason, error.message)) : Effect.fail(error)
  )

/**
 * How the calls of one row run: at most eight at once.
 *
 * Many rows are under way, so the provider's lanes are full all the same, and the queue for them stays short.
 */
export const rowCalls = { concurrency: 8 } as const
