import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { isFolder } from "../isFolder.ts"
import { type SourceError, sourceError } from "../sources/SourceError.ts"
import { type Paths, pathList, type SourceFile, sourceFiles } from "../sources/sourceFiles.ts"
import { cardSplit } from "./cardSplit.ts"
import { checkTogether } from "./checkTogether.ts"
import { type FolderData, folderData } from "./folderData.ts"
import { type Shown, type ShownBy, shownSplit } from "./shownSplit.ts"

/** A file with its split, "train" where nothing shows one. */
export interface InputFile extends SourceFile {
  readonly split: string
  readonly by: ShownBy
}

/** The files of a command, and which of those in folders they are. */
export interface InputFiles {
  readonly files: ReadonlyArray<InputFile>
  /** Says which files of folders are not read, and which folders are read together, as parts of a sentence that begin with a semicolon. */
  readonly folders: string
}

/**
 * Finds the files that a command reads: paths, globs and folders of data sets (`folderData`), of all splits or of those that are named.
 *
 * The split of a file is what a card says of it, in the folder that was named, or in the nearest one above what was named that has one; else what its path shows
 * below the folder that all paths are in (`shownSplit`); else "train". Files come in the order of the paths and of `sourceFiles`. Fails as these do, where files
 * of a folder do not belong together (`checkTogether`), and for a split that is named and not there.
 */
export const inputFiles = (paths: Paths, splits: ReadonlyArray<string> = []): Effect.Effect<InputFiles, SourceError> =>
  Effect.gen(function* () {
    const list = pathList(paths)
    const folders = new Map<string, FolderData>()
    for (const one of list) if (isFolder(one)) folders.set(one, yield* folderData(one))
    const shared = sharedFolder(list.map((one) => path.resolve(folders.get(one)?.home ?? folderOf(one))))
    const ofCard = cardSplit()
    const splitOf = (file: string, named: string): Effect.Effect<Shown, SourceError> =>
      Effect.map(ofCard(file, above(named)), (split) =>
        split === null ? shownSplit(file, shared) : { split, by: "card" }
      )
    const shown = new Map<string, Shown>()
    const chosen = new Map<string, ReadonlyArray<string>>()
    for (const [folder, { files, home }] of folders) {
      for (const { known, name } of files) {
        const file = path.join(home, name)
        shown.set(file, known ?? (yield* splitOf(file, folder)))
      }
      const all = files.map(({ name }) => ({ name, split: shown.get(path.join(home, name))!.split }))
      const some = splits.length === 0 ? all : all.filter(({ split }) => splits.includes(split ?? "train"))
      if (some.length > 0) yield* checkTogether(folder, home, some)
      chosen.set(
        folder,
        some.map(({ name }) => path.join(home, name))
      )
    }
    if (list.every((one) => chosen.get(one)?.length === 0)) {
      const there = allOf([...shown.values()])
      const found = there === "" ? "files whose names show no split" : `the splits ${there}`
      return yield* sourceError(list.join(", "), found, `the split ${splits.join(" or ")}`)
    }
    const found = yield* sourceFiles(list, (folder) => Effect.succeed(chosen.get(folder)!))
    const all = yield* Effect.forEach(found, (file) =>
      Effect.map(
        Effect.suspend(() => {
          const known = shown.get(file.name)
          return known === undefined ? splitOf(file.name, file.name) : Effect.succeed(known)
        }),
        ({ by, split }): InputFile => ({ ...file, split: split ?? "train", by })
      )
    )
    const absent = splits.find((one) => !all.some(({ split }) => split === one))
    if (absent !== undefined) {
      const wanted = `file names that show it; there are those of ${allOf([...shown.values(), ...all])}`
      return yield* sourceError(list.join(", "), `no file of the split ${absent}`, wanted)
    }
    return {
      files: splits.length === 0 ? all : all.filter(({ split }) => splits.includes(split)),
      folders: [...folders.values()].map(({ said }) => said).join("")
    }
  })

const allOf = (shown: ReadonlyArray<{ readonly split: string | null }>): string =>
  [...new Set(shown.flatMap(({ split }) => split ?? []))].join(", ")

/** The folders in which a card may describe what was named: eight of them, the nearest first. */
const above = (named: string): ReadonlyArray<string> => {
  const folders = [path.dirname(path.resolve(named))]
  while (folders.length < 8) folders.push(path.dirname(folders.at(-1)!))
  return [...new Set(folders)]
}

/** The folder of a file, or the one from which a glob looks. */
const folderOf = (one: string): string => path.dirname(fs.existsSync(one) ? one : one.replace(/[*?[{][^]*$/, "x"))

/** The deepest folder that all are in. */
const sharedFolder = (folders: ReadonlyArray<string>): string => {
  const [first = [], ...others] = folders.map((folder) => folder.split(path.sep))
  const end = first.findIndex((part, i) => others.some((other) => other[i] !== part))
  return (end < 0 ? first : first.slice(0, end)).join(path.sep) || path.sep
}
