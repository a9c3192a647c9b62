import * as Data from "effect/Data"

/**
 * A command ended without its result; the process exits with code 1.
 *
 * The message names the thing and the remedy. It may have several lines and hold text from files: it is printed escaped.
 */
export class CommandFailed extends Data.TaggedError("CommandFailed")<{ readonly message: string }> {}
