import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { splitInWords } from "../formats/splitInWords.ts"
import { type SourceError, sourceError } from "../sources/SourceError.ts"
import { attempt } from "../sources/sourceFiles.ts"
import { cardConfigs } from "./cardConfigs.ts"
import { manifestData } from "./manifestData.ts"
import { shownSplit } from "./shownSplit.ts"

/** The data files in the folder of a data set. */
export interface FolderData {
  /** The folder from which names count: that of the data set, or one in it. */
  readonly home: string
  /** By their names in `home`, with the split that a card gives them; null where none does. */
  readonly files: ReadonlyArray<{ readonly name: string; readonly split: string | null }>
}

const endings = /\.(?:parquet|arrow|json|csv|jsonl)$|\.jsonl\.(?:gz|zst)$/
const beside = /(^|\.)rejects\.parquet$|^(dataset_info|croissant|manifest|audit)\.json$/

/**
 * Finds the data files in the folder of a data set.
 *
 * They are those that a manifest of Prefloom lists there, else those of the configuration that is meant in the card `README.md`, else those in the folder
 * itself, in `data`, or in folders below it that show splits, as the hub finds them; where there are two of these, nobody can say which are meant. Nothing is taken that a run or a conversion
 * leaves beside its data. Files come in the order of manifest or card, else sorted by name. Fails when there are none, when the card describes several data
 * sets and none is meant, when nothing is there of the one that is, or a file of it is in two splits, when there are folders of several, and in the folder of a run that has not finished: nobody can say
 * there which files belong together.
 */
export const folderData = (folder: string): Effect.Effect<FolderData, SourceError> =>
  Effect.gen(function* () {
    if (isUnfinished(folder)) {
      const found = "a run that has not finished, and so no manifest.json"
      return yield* sourceError(folder, found, "that of a finished run; give its command again, or name the files")
    }
    const listed = manifestData(folder).filter(isData)
    const data =
      listed.length > 0 ? bare(folder, listed) : ((yield* describedData(folder)) ?? (yield* plainData(folder)))
    const wanted = "Parquet, Arrow, JSON Lines, JSON or CSV files"
    return data.files.length === 0 ? yield* sourceError(folder, "no data file in the folder", wanted) : data
  })

const bare = (home: string, names: ReadonlyArray<string>): FolderData => ({
  home,
  files: names.map((name) => ({ name, split: null }))
})

/** The data set that is meant in a card; null where there is none. */
const describedData = Effect.fnUntraced(function* (folder: string): Effect.fn.Return<FolderData | null, SourceError> {
  const described = yield* attempt(folder, () => cardConfigs(folder))
  if (described.length === 0) return null
  const config = described.find(({ isDefault }) => isDefault)
  if (config === undefined) {
    const found = `the data sets ${described.map(({ name }) => name).join(", ")} in its card`
    const one = described.flatMap(({ files, home }) => home ?? files[0]?.path ?? [])[0]
    const such = one === undefined ? "" : `, such as "${path.join(folder, one)}"`
    return yield* sourceError(folder, found, `one of them; name its files${such}`)
  }
  if (config.home !== null) return yield* plainData(path.join(folder, config.home))
  const files = config.files.filter(({ path: name }) => isData(name))
  const of = `the data set ${config.name} of its card`
  if (files.length === 0) {
    return yield* sourceError(
      folder,
      `no data file of ${of}`,
      "those that the card lists; name other files to read these"
    )
  }
  const twice = [...Map.groupBy(files, ({ path: name }) => name)].find(([, all]) => all.length > 1)
  if (twice !== undefined) {
    const splits = twice[1].map(({ split }) => split).join(" and ")
    return yield* sourceError(folder, `${twice[0]} in the splits ${splits} in ${of}`, "each file in one; mend the card")
  }
  return { home: folder, files: files.map(({ path: name, split }) => ({ name, split })) }
})

const plainData = Effect.fnUntraced(function* (folder: string): Effect.fn.Return<FolderData, SourceError> {
  const inner = yield* dataNames(path.join(folder, "data"))
  const names = yield* dataNames(folder)
  const [one] = names
  if (one === undefined) return inner.length > 0 ? bare(path.join(folder, "data"), inner) : yield* dataBelow(folder)
  const below = yield* attempt(folder, () => namesBelow(folder, ""))
  const other =
    inner[0] === undefined
      ? below.find((name) => name.includes(path.sep) && shownSplit(path.join(folder, name), folder).split !== null)
      : path.join("data", inner[0])
  if (other === undefined) return bare(folder, names)
  const found = `"${one}" and "${other}"`
  return yield* sourceError(
    folder,
    found,
    "data in the folder itself, or in folders of it; name the files, or a folder"
  )
})

/** Files in folders that show splits, of one data set. */
const dataBelow = Effect.fnUntraced(function* (folder: string): Effect.fn.Return<FolderData, SourceError> {
  const names = yield* attempt(folder, () => namesBelow(folder, ""))
  if (!names.some((name) => shownSplit(path.join(folder, name), folder).split !== null)) return bare(folder, [])
  const sets = Map.groupBy(names, (name) =>
    path
      .dirname(name)
      .split(path.sep)
      .filter((one) => splitInWords(one) === null)
      .join("/")
  )
  if (sets.size > 1) {
    const found = `the data sets ${[...sets.values()].map(([one]) => path.dirname(one!)).join(", ")} in folders of it`
    return yield* sourceError(folder, found, `one of them; name its files, such as "${path.join(folder, names[0]!)}"`)
  }
  return bare(folder, names)
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

const isData = (name: string): boolean => endings.test(name) && !beside.test(path.basename(name))

/** Data of an earlier run may stand there beside those of the last. */
const isUnfinished = (folder: string): boolean =>
  fs.existsSync(path.join(folder, ".prefloom", "run-id")) && !fs.existsSync(path.join(folder, "manifest.json"))

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
