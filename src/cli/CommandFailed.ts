import * as Data from "effect/Data"
import * as Effect from "effect/Effect"

/**
 * A command ended without its result; the process exits with code 1, with code 2 where it was called in a way that cannot be (`isUsage`), or with code 3
 * where it was `stopped` and can go on.
 *
 * The message names the thing and the remedy. It may have several lines and hold text from files: it is printed escaped.
 */
export class CommandFailed extends Data.TaggedError("CommandFailed")<{
  readonly message: string
  readonly stopped?: boolean
  readonly isUsage?: boolean
}> {}

/** Closes the scope of what a command does, and ends the command with the message of an error. */
export const asCommand = <A, R>(work: Effect.Effect<A, { readonly message: string; readonly isUsage?: boolean }, R>) =>
  Effect.mapError(Effect.scoped(work), ({ isUsage = false, message }) => new CommandFailed({ message, isUsage }))
