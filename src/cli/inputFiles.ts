import * as Effect from "effect/Effect"
import { splitOfFile } from "../formats/splitOfFile.ts"
import { type SourceError, sourceError } from "../sources/SourceError.ts"
import { type Paths, pathList, type SourceFile, sourceFiles } from "../sources/sourceFiles.ts"
import { folderFiles } from "./folderFiles.ts"

/** A file with the split that its name shows, "train" where it shows none. */
export interface InputFile extends SourceFile {
  readonly split: string
}

/**
 * Finds the files that a command reads: paths, globs and folders of data sets, of all splits or of those that are named.
 *
 * Order, and what fails, are those of `sourceFiles` and `folderFiles`. A split that is named and not there fails.
 */
export const inputFiles = (
  paths: Paths,
  splits: ReadonlyArray<string> = []
): Effect.Effect<ReadonlyArray<InputFile>, SourceError> =>
  Effect.gen(function* () {
    const found = yield* sourceFiles(paths, (folder) => folderFiles(folder, splits))
    const all = found.map((file) => ({ ...file, split: splitOfFile(file.name) ?? "train" }))
    const there = new Set(all.map(({ split }) => split))
    const absent = splits.find((split) => !there.has(split))
    if (absent !== undefined) {
      const wanted = `file names that show it; there are those of ${[...there].join(", ")}`
      return yield* sourceError(pathList(paths).join(", "), `no file of the split ${absent}`, wanted)
    }
    return splits.length === 0 ? all : all.filter(({ split }) => splits.includes(split))
  })
