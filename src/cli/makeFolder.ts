import * as path from "node:path"
import * as Effect from "effect/Effect"
import { ensureFolder } from "../ensureFolder.ts"
import { foreignFile } from "../OwnFiles.ts"
import { CommandFailed } from "./CommandFailed.ts"

/**
 * Makes the folder that a command writes its results to, with those above it; does nothing where it is there.
 *
 * Fails where there cannot be one, for "-", by which standard output is meant, and where a result would replace a file of somebody else.
 */
export const makeFolder = (out: string, results: ReadonlyArray<string> = []): Effect.Effect<void, CommandFailed> => {
  const cannot = (found: string) =>
    new CommandFailed({
      message: `Cannot write to "${out}": found ${found}, expected a folder that can be written; name another one with --out`
    })
  if (out === "-") return Effect.fail(cannot("the sign for standard output"))
  const foreign = foreignFile(
    out,
    results.map((name) => path.join(out, name))
  )
  if (foreign !== null) {
    const wanted = "none, or its own: it would be replaced; move it away, or name another folder with --out"
    return Effect.fail(new CommandFailed({ message: `Cannot write to "${out}": found ${foreign}, expected ${wanted}` }))
  }
  return Effect.try({
    try: () => ensureFolder(out),
    catch: (cause) => {
      const { code, message } = cause as NodeJS.ErrnoException
      return cannot(code === "EEXIST" || code === "ENOTDIR" ? "a file in its place" : message)
    }
  })
}
