import * as Effect from "effect/Effect"
import { ensureFolder } from "../ensureFolder.ts"
import { CommandFailed } from "./CommandFailed.ts"

/**
 * Makes the folder that a command writes its results to, with those above it; does nothing where it is there.
 *
 * Fails where there cannot be one, and for "-", by which standard output is meant.
 */
export const makeFolder = (out: string): Effect.Effect<void, CommandFailed> => {
  const cannot = (found: string) =>
    new CommandFailed({
      message: `Cannot write to "${out}": found ${found}, expected a folder that can be written; name another one with --out`
    })
  if (out === "-") return Effect.fail(cannot("the sign for standard output"))
  return Effect.try({
    try: () => ensureFolder(out),
    catch: (cause) => {
      const { code, message } = cause as NodeJS.ErrnoException
      return cannot(code === "EEXIST" || code === "ENOTDIR" ? "a file in its place" : message)
    }
  })
}
