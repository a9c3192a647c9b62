import * as path from "node:path"
import * as Effect from "effect/Effect"
import { plainSplit } from "../formats/plainSplit.ts"
import { splitInWords } from "../formats/splitInWords.ts"
import { splitOfFile } from "../formats/splitOfFile.ts"
import { type SourceError, sourceError } from "../sources/SourceError.ts"
import { attempt, type Paths, pathList, type SourceFile, sourceFiles } from "../sources/sourceFiles.ts"
import { cardConfigs } from "./cardConfigs.ts"
import { type FolderFile, folderFiles, type ShownBy } from "./folderFiles.ts"

/** A file with its split, "train" where nothing shows one. */
export interface InputFile extends SourceFile {
  readonly split: string
  readonly by: ShownBy
}

/**
 * Finds the files that a command reads: paths, globs and folders of data sets, of all splits or of those that are named.
 *
 * Their splits are those that the folder shows, see `folderFiles`; of files that are named, those of a card in their folder or one or two above it,
 * else those of the folders that tell them apart, where a folder is called as a split, else those of their names. Order, and what fails,
 * are those of `sourceFiles` and `folderFiles`. A split that is named and not there fails.
 */
export const inputFiles = (
  paths: Paths,
  splits: ReadonlyArray<string> = []
): Effect.Effect<ReadonlyArray<InputFile>, SourceError> =>
  Effect.gen(function* () {
    const ofFolders = new Map<string, FolderFile>()
    const found = yield* sourceFiles(paths, (folder) =>
      Effect.map(folderFiles(folder, splits), (files) => {
        for (const file of files) ofFolders.set(file.name, file)
        return files.map(({ name }) => name)
      })
    )
    const single = found.flatMap(({ name }) => (ofFolders.has(name) ? [] : [name]))
    const shown = yield* attempt(single[0] ?? "", () => shownSplits(single))
    const all = found.map((file): InputFile => {
      const { by, split } = ofFolders.get(file.name) ?? shown.get(file.name)!
      return { ...file, split: split ?? "train", by }
    })
    const there = new Set(all.map(({ split }) => split))
    const absent = splits.find((split) => !there.has(split))
    if (absent !== undefined) {
      const wanted = `file names that show it; there are those of ${[...there].join(", ")}`
      return yield* sourceError(pathList(paths).join(", "), `no file of the split ${absent}`, wanted)
    }
    return splits.length === 0 ? all : all.filter(({ split }) => splits.includes(split))
  })

type Shown = Pick<FolderFile, "by" | "split">

/** The splits of files that were named one by one. */
const shownSplits = (names: ReadonlyArray<string>): ReadonlyMap<string, Shown> => {
  const described = new Map<string, ReadonlyMap<string, string>>()
  const cardAt = (folder: string) => {
    const known =
      described.get(folder) ??
      new Map(
        cardConfigs(folder).flatMap(({ files }) =>
          files.map((one) => [path.join(folder, one.path), one.split] as const)
        )
      )
    described.set(folder, known)
    return known
  }
  const folders = names.map((name) => path.dirname(path.resolve(name)))
  const shared = sharedFolder(folders)
  const splitOf = (name: string, folder: string): Shown => {
    const file = path.resolve(name)
    const homes = [folder, path.dirname(folder), path.dirname(path.dirname(folder))]
    const inCard = homes.map((home) => cardAt(home).get(file)).find((split) => split !== undefined)
    if (inCard !== undefined) return { split: inCard, by: "card" }
    // Of one file alone, or of several in one place, a folder such as "test" says what is tried and not what is held out, but for bare numbers.
    const below = path.relative(shared, folder).split(path.sep)
    const telling = /^\d+\.\w+$/.test(path.basename(file)) ? [path.basename(folder), ...below] : below
    const inFolder = telling
      .map((one) => (wholeWord.test(one) ? splitInWords(one) : null))
      .findLast((split) => split !== null)
    if (inFolder !== undefined) return { split: inFolder, by: "folder" }
    const split = splitOfFile(name)
    return { split, by: split === null ? null : plainSplit(name) === null ? "word" : "name" }
  }
  return new Map(names.map((name, i) => [name, splitOf(name, folders[i]!)]))
}

const wholeWord = /^\p{L}+$/u

/** The deepest folder that all are in. */
const sharedFolder = (folders: ReadonlyArray<string>): string => {
  const [first = [], ...others] = folders.map((folder) => folder.split(path.sep))
  const end = first.findIndex((part, i) => others.some((other) => other[i] !== part))
  return (end < 0 ? first : first.slice(0, end)).join(path.sep) || path.sep
}
