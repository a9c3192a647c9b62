import * as Effect from "effect/Effect"
import { splitOfFile } from "../formats/splitOfFile.ts"
import type { SourceError } from "../sources/SourceError.ts"
import { type InputFile, inputFiles } from "./inputFiles.ts"

/**
 * The files of the splits asked for, and which of these splits are still to be found in the rows.
 *
 * Those are all where no file name shows a split, since a column may then; none else. Fails as `inputFiles` does.
 */
export const askedFiles = (
  paths: ReadonlyArray<string>,
  splits: ReadonlyArray<string>
): Effect.Effect<{ readonly files: ReadonlyArray<InputFile>; readonly splits: ReadonlyArray<string> }, SourceError> =>
  Effect.gen(function* () {
    const named = inputFiles(paths, splits)
    if (splits.length === 0) return { files: yield* named, splits: [] }
    // All files of a folder may be of several types where those of one split are not.
    const all = yield* Effect.orElseSucceed(inputFiles(paths), () => [])
    const isShown = all.length === 0 || all.some(({ name }) => splitOfFile(name) !== null)
    return isShown ? { files: yield* named, splits: [] } : { files: all, splits }
  })
