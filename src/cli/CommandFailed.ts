import * as Data from "effect/Data"

/**
 * A command ended without its result; the process exits with code 1, or with code 3 where it was `stopped` and can go on.
 *
 * The message names the thing and the remedy. It may have several lines and hold text from files: it is printed escaped.
 */
export class CommandFailed extends Data.TaggedError("CommandFailed")<{
  readonly message: string
  readonly stopped?: boolean
}> {}
