import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import { CommandFailed } from "./CommandFailed.ts"

/** Makes the folder that a command writes its results to, with those above it; does nothing where it is there. */
export const makeFolder = (out: string): Effect.Effect<void, CommandFailed> =>
  Effect.try({
    try: () => void fs.mkdirSync(out, { recursive: true }),
    catch: (cause) => {
      const { code, message } = cause as NodeJS.ErrnoException
      const found = code === "EEXIST" || code === "ENOTDIR" ? "a file in its place" : message
      return new CommandFailed({
        message: `Cannot write to "${out}": found ${found}, expected a folder that can be written; name another one with --out`
      })
    }
  })
