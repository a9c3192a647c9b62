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
 * Runs the calls of one row, at most eight at once, and gives their results in order.
 *
 * Many rows are under way, so the provider's lanes are full all the same, and the queue for them stays short. A single call, the
 * most frequent case, needs no fiber of its own.
 */
export const forEachCall = <A, B, E, R>(
  items: ReadonlyArray<A>,
  call: (item: A, index: number) => Effect.Effect<B, E, R>
): Effect.Effect<ReadonlyArray<B>, E, R> =>
  items.length === 1
    ? Effect.map(call(items[0]!, 0), (result) => [result])
    : Effect.forEach(items, call, { concurrency: 8 })
