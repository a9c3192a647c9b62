import * as fs from "node:fs"
import * as Result from "effect/Result"

/** Whether a path names a folder; one that no file system takes, such as one that is too long, does not. */
export const isFolder = (place: string): boolean =>
  Result.getOrElse(
    Result.try(() => fs.statSync(place).isDirectory()),
    () => false
  )
