import * as fs from "node:fs"
import * as Result from "effect/Result"

/** What the file system says of a path; undefined where there is nothing, and for what no path can be, such as a name that is too long. */
export const statsIfThere = (place: string): fs.Stats | undefined =>
  Result.getOrUndefined(Result.try(() => fs.statSync(place)))
