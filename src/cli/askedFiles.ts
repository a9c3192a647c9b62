import * as Effect from "effect/Effect"
import type { SourceError } from "../sources/SourceError.ts"
import type { Paths } from "../sources/sourceFiles.ts"
import { type InputFiles, inputFiles } from "./inputFiles.ts"
import { splitsAreTold } from "./splitsAreTold.ts"

/** Files, which splits are still to be looked for in their rows, and whether a column may tell splits apart. */
export interface AskedFiles extends InputFiles {
  readonly splits: ReadonlyArray<string>
  /** Whether the files say their splits themselves; where they do not, a column may. */
  readonly isTold: boolean
}

/**
 * The files of the splits asked for, and which of these splits are still to be found in the rows.
 *
 * Those are all where no file shows its split, or all show the same one and that by a word of their names alone, since a column may then; none
 * else. Fails as `inputFiles` does.
 */
export const askedFiles = (paths: Paths, splits: ReadonlyArray<string>): Effect.Effect<AskedFiles, SourceError> =>
  Effect.gen(function* () {
    const named = inputFiles(paths, splits)
    if (splits.length === 0) {
      const found = yield* named
      return { ...found, splits: [], isTold: splitsAreTold(found.files) }
    }
    // All files of a folder may be of several types where those of one split are not.
    const all = yield* Effect.orElseSucceed(inputFiles(paths), () => null)
    return all === null || splitsAreTold(all.files)
      ? { ...(yield* named), splits: [], isTold: true }
      : { ...all, splits, isTold: false }
  })
