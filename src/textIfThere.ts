import * as fs from "node:fs"
import * as Result from "effect/Result"

/** The text of a file, empty where it cannot be read; null where there is none. */
export const textIfThere = (file: string): string | null =>
  fs.existsSync(file)
    ? Result.getOrElse(
        Result.try(() => fs.readFileSync(file, "utf8")),
        () => ""
      )
    : null
