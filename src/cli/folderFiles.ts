import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { plainSplit } from "../formats/plainSplit.ts"
import { splitInWords } from "../formats/splitInWords.ts"
import { splitOfFile } from "../formats/splitOfFile.ts"
import { type SourceError, sourceError } from "../sources/SourceError.ts"
import { attempt } from "../sources/sourceFiles.ts"
import { textIfThere } from "../textIfThere.ts"
import { cardConfigs } from "./cardConfigs.ts"
import { manifestData } from "./manifestData.ts"

/** What shows the split of a file: all of its name, a word of it, a folder or a card; null where nothing does. */
export type ShownBy = "card" | "folder" | "name" | "word" | null

/** A file of a data set, with the split that something shows. */
export interface FolderFile {
  readonly name: string
  readonly split: string | null
  readonly by: ShownBy
}

const endings = /\.(parquet|arrow|json|csv|jsonl)$|\.(jsonl)\.(?:gz|zst)$/
const beside = /(^|\.)rejects\.parquet$|^(dataset_info|croissant|manifest|audit)\.json$/
const shard = /^(?<before>.+-)(?<index>\d{5})-of-(?<count>\d{5})(?<ending>\..+)$/

/**
 * Finds the data files in the folder of a data set, of all splits or of those that are named.
 *
 * They are those that a manifest of Prefloom lists there, else those of the configuration that is meant in the card `README.md`, else those in `data`
 * or in the folder itself, else those in folders below it that show splits, as the hub finds them. Nothing is taken that a run or a conversion
 * leaves beside its data. Files come in the order of manifest or card, else sorted by name; files whose names all show no split are "train". Fails when there are none, when they are
 * of several types, when the card describes several data sets and none is meant, when there are folders of several, when `dataset_info.json` lists several that are no
 * splits, when some names show a split and some none, when a shard is missing, and in the folder of a run that has not finished: nobody can
 * say there which files belong together.
 */
export const folderFiles = (
  folder: string,
  splits: ReadonlyArray<string> = []
): Effect.Effect<ReadonlyArray<FolderFile>, SourceError> =>
  Effect.gen(function* () {
    if (isUnfinished(folder)) {
      const found = "a run that has not finished, and so no manifest.json"
      return yield* sourceError(folder, found, "that of a finished run; give its command again, or name the files")
    }
    const { files, home } = yield* filesIn(folder)
    const wanted = "Parquet, Arrow, JSON Lines, JSON or CSV files"
    if (files.length === 0) return yield* sourceError(folder, "no data file in the folder", wanted)
    const showSplits = files.some(({ split }) => split !== null)
    const chosen =
      splits.length === 0 ? files : files.filter(({ split }) => splits.includes(split ?? (showSplits ? "" : "train")))
    if (chosen.length === 0) {
      const found = showSplits ? `the splits ${splitNames(files).join(", ")}` : "files whose names show no split"
      return yield* sourceError(folder, found, `the split ${splits.join(" or ")}`)
    }
    const names = chosen.map(({ name }) => name)
    const remedy = `one of them; name the file, such as "${path.join(home, names[0]!)}"`
    const without = chosen.flatMap(({ name, split }) => (split === null ? [name] : []))
    const registered = listedIn(home)
    const listed = without.filter((name) => registered.has(name))
    if (listed.length > 1) {
      return yield* sourceError(folder, `the data sets ${listed.join(", ")}, as dataset_info.json lists them`, remedy)
    }
    const types = Map.groupBy(names, typeOf)
    if (types.size > 1) {
      const found = [...types].map(([type, of]) => `${of.length} ${type} (${of.slice(0, 3).join(", ")})`).join(" and ")
      return yield* sourceError(folder, `data files of several types: ${found}`, remedy)
    }
    if (without.length > 0 && without.length < chosen.length) {
      const found = `${without.slice(0, 3).join(", ")} beside files of the splits ${splitNames(chosen).join(", ")}`
      const choose = "names that all show a split; choose some with --split, or name the files"
      return yield* sourceError(folder, found, choose)
    }
    const missing = firstMissing(names)
    if (missing !== undefined) {
      return yield* sourceError(folder, `a split without ${missing}`, "all of its shards")
    }
    return chosen.map((file) => ({ ...file, name: path.join(home, file.name) }))
  })

/** Files by their names in a folder. */
interface Found {
  readonly home: string
  readonly files: ReadonlyArray<FolderFile>
}

const filesIn = Effect.fnUntraced(function* (folder: string): Effect.fn.Return<Found, SourceError> {
  const listed = manifestData(folder).filter(isData)
  if (listed.length > 0) return { home: folder, files: listed.map(byName) }
  const described = (yield* attempt(folder, () => cardConfigs(folder))).flatMap(({ files, ...config }) => {
    const data = files.filter(({ path: name }) => isData(name))
    return data.length === 0 ? [] : [{ ...config, data }]
  })
  if (described.length > 0) {
    const config = described.length === 1 ? described[0]! : described.find(({ isDefault }) => isDefault)
    if (config === undefined) {
      const found = `the data sets ${described.map(({ name }) => name).join(", ")} in its card`
      const one = described[0]!.data[0]!.path
      return yield* sourceError(folder, found, `one of them; name its files, such as "${path.join(folder, one)}"`)
    }
    return { home: folder, files: config.data.map(({ path: name, split }) => ({ name, split, by: "card" })) }
  }
  for (const home of [path.join(folder, "data"), folder]) {
    const names = yield* dataNames(home)
    if (names.length > 0) return { home, files: names.map(byName) }
  }
  return yield* filesBelow(folder)
})

/** Files in folders that show splits, of one data set. */
const filesBelow = Effect.fnUntraced(function* (folder: string): Effect.fn.Return<Found, SourceError> {
  const names = yield* attempt(folder, () => namesBelow(folder, ""))
  const files = names.map((name): FolderFile => {
    const split =
      path
        .dirname(name)
        .split(path.sep)
        .map(splitInWords)
        .findLast((one) => one !== null) ?? null
    return split === null ? byName(name) : { name, split, by: "folder" }
  })
  if (!files.some(({ split }) => split !== null)) return { home: folder, files: [] }
  const sets = new Set(
    names.map((name) =>
      path
        .dirname(name)
        .split(path.sep)
        .filter((one) => splitInWords(one) === null)
        .join("/")
    )
  )
  if (sets.size > 1) {
    const found = `the data sets ${[...sets].join(", ")} in folders of it`
    return yield* sourceError(folder, found, `one of them; name its files, such as "${path.join(folder, names[0]!)}"`)
  }
  return { home: folder, files }
})

const deepest = 4

const namesBelow = (folder: string, below: string): ReadonlyArray<string> => {
  const entries = fs.readdirSync(path.join(folder, below), { withFileTypes: true })
  // What a run or a conversion left is a data set of its own.
  if (below !== "" && entries.some(({ name }) => name === "manifest.json" || name === ".prefloom")) return []
  return entries
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const name = path.join(below, entry.name)
      if (!entry.isDirectory()) return isData(name) ? [name] : []
      const isDeep = entry.name.startsWith(".") || name.split(path.sep).length > deepest
      return isDeep ? [] : namesBelow(folder, name)
    })
}

const byName = (name: string): FolderFile => {
  const split = splitOfFile(name)
  return { name, split, by: split === null ? null : plainSplit(name) === null ? "word" : "name" }
}

const isData = (name: string): boolean => endings.test(name) && !beside.test(path.basename(name))

/** Data of an earlier run may stand there beside those of the last. */
const isUnfinished = (folder: string): boolean =>
  fs.existsSync(path.join(folder, ".prefloom", "run-id")) && !fs.existsSync(path.join(folder, "manifest.json"))

const typeOf = (name: string): string => {
  const [, plain, compressed] = endings.exec(name)!
  return plain ?? compressed!
}

const splitNames = (files: ReadonlyArray<FolderFile>): ReadonlyArray<string> => [
  ...new Set(files.flatMap(({ split }) => split ?? []))
]

const dataNames = (folder: string): Effect.Effect<ReadonlyArray<string>, SourceError> =>
  attempt(folder, () =>
    fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true
      ? fs
          .readdirSync(folder, { withFileTypes: true })
          .filter((entry) => !entry.isDirectory() && isData(entry.name))
          .map((entry) => entry.name)
          .toSorted()
      : []
  )

/** The files that the registry of LLaMA-Factory in a folder lists; none where there is no registry, or one that cannot be read. */
const listedIn = (home: string): ReadonlySet<string> => {
  const text = textIfThere(path.join(home, "dataset_info.json")) ?? ""
  return new Set([...text.matchAll(/"file_name"\s*:\s*"([^"\\]+)"/g)].map(([, name]) => name!))
}

const firstMissing = (names: ReadonlyArray<string>): string | undefined => {
  const present = new Set(names)
  for (const name of names) {
    const { before, count, ending } = shard.exec(name)?.groups ?? {}
    if (before === undefined) continue
    for (let i = 0; i < Number(count); i++) {
      const one = `${before}${String(i).padStart(5, "0")}-of-${count}${ending}`
      if (!present.has(one)) return one
    }
  }
  return undefined
}
