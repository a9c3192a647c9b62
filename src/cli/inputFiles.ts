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

/**
 * Finds the files that a command reads: paths, globs and folders of data sets (`folderData`), of all splits or of those that are named.
 *
 * The split of a file is what a card says of it, in the folder that was named, or in the nearest one above what was named that has one; else what its path shows
 * below the folder that all paths are in (`shownSplit`); else "train". Files come in the order of the paths and of `sourceFiles`. Fails as these do, where files
 * of a folder do not belong together (`checkTogether`), and for a split that is named and not there.
 */
export const inputFiles = (
  paths: Paths,
  splits: ReadonlyArray<string> = []
): Effect.Effect<ReadonlyArray<InputFile>, SourceError> =>
  Effect.gen(function* () {
    const list = pathList(paths)
    const folders = new Map<string, FolderData>()
    for (const one of list) if (isFolder(one)) folders.set(one, yield* folderData(one))
    const shared = sharedFolder(list.map((one) => path.resolve(folders.get(one)?.home ?? folderOf(one))))
    const ofCard = cardSplit()
    const splitOf = (file: string, named: string, known: string | null = null) =>
      Effect.map(known === null ? ofCard(file, above(named)) : Effect.succeed(known), (split) =>
        split === null ? shownSplit(file, shared) : { split, by: "card" as const }
      )
    const shown = new Map<string, Shown>()
    const chosen = new Map<string, ReadonlyArray<string>>()
    for (const [folder, { files, home }] of folders) {
      for (const { name, split } of files) {
        const file = path.join(home, name)
        shown.set(file, yield* splitOf(file, folder, split))
      }
      const all = files.map(({ name }) => ({ name, split: shown.get(path.join(home, name))!.split }))
      const missing = all.some(({ split }) => split !== null) ? "" : "train"
      const some = splits.length === 0 ? all : all.filter(({ split }) => splits.includes(split ?? missing))
      if (some.length > 0) yield* checkTogether(folder, home, some)
      chosen.set(
        folder,
        some.map(({ name }) => path.join(home, name))
      )
    }
    if (list.every((one) => chosen.get(one)?.length === 0)) {
      const there = [...new Set([...shown.values()].flatMap(({ split }) => split ?? []))]
      const found = there.length > 0 ? `the splits ${there.join(", ")}` : "files whose names show no split"
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
    const there = new Set(all.map(({ split }) => split))
    const absent = splits.find((split) => !there.has(split))
    if (absent !== undefined) {
      const wanted = `file names that show it; there are those of ${[...there].join(", ")}`
      return yield* sourceError(list.join(", "), `no file of the split ${absent}`, wanted)
    }
    return splits.length === 0 ? all : all.filter(({ split }) => splits.includes(split))
  })

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
