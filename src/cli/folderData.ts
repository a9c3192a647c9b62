import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { parseJson } from "../formats/Messages.ts"
import { splitInWords } from "../formats/splitInWords.ts"
import { isFolder } from "../isFolder.ts"
import { checkFinished } from "../sources/checkFinished.ts"
import { type SourceError, sourceError } from "../sources/SourceError.ts"
import { attempt } from "../sources/sourceFiles.ts"
import { textIfThere } from "../textIfThere.ts"
import { cardConfigs } from "./cardConfigs.ts"
import { manifestData } from "./manifestData.ts"
import { type Shown, shownSplit } from "./shownSplit.ts"

/** The data files in the folder of a data set. */
export interface FolderData {
  /** The folder from which names count: that of the data set, or one in it. */
  readonly home: string
  /** By their names in `home`, with the split that a card or `dataset_dict.json` gives them; null where none does. */
  readonly files: ReadonlyArray<{ readonly name: string; readonly known: Shown | null }>
  /** Says which files of the folder are not read, and which folders are read together, as parts of a sentence that begin with a semicolon. */
  readonly said: string
}

const endings = /\.(?:parquet|arrow|json|csv|jsonl)$|\.jsonl\.(?:gz|zst)$/
/** What stands beside data: hidden files, and those that tools and Prefloom leave there. */
const beside =
  /^(?:\.|__)|(?:^|\.)rejects\.parquet$|^posteriors\.parquet$|^(?:config|state|dataset_(?:info|infos|dict)|croissant|manifest|audit)\.json$/

/**
 * Finds the data files in the folder of a data set.
 *
 * They are those that a manifest of Prefloom lists there; else those of the configuration that is meant in the card `README.md`; else what
 * `save_to_disk` of the Python library datasets left; else, much as that library finds them, the shards in `data`, else all files in the folder and
 * below it that show splits, if one is of "train", else these and those in the folder itself and in `data`, which go together or not
 * (`checkTogether`); where all are in one folder below, these. Nothing is taken that tools, a run or a conversion leave beside data, and no hidden file. Files come in the order of manifest or
 * card, else sorted by name. Fails when there are none, when the card describes several data sets and none is meant, when a file of the one that is
 * is missing or in two splits, and in the folder of a run or a conversion that has not finished: nobody can say there which files belong together.
 */
export const folderData = (folder: string): Effect.Effect<FolderData, SourceError> =>
  Effect.gen(function* () {
    yield* checkFinished(folder)
    const listed = manifestData(folder).filter(isData)
    const data =
      listed.length > 0
        ? bare(folder, listed)
        : ((yield* describedData(folder)) ?? (yield* savedData(folder)) ?? (yield* plainData(folder)))
    const wanted = "Parquet, Arrow, JSON Lines, JSON or CSV files"
    return data.files.length === 0 ? yield* sourceError(folder, "no data file in the folder", wanted) : data
  })

const bare = (home: string, names: ReadonlyArray<string>, said = ""): FolderData => ({
  home,
  files: names.map((name) => ({ name, known: null })),
  said
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
  const [absent] = config.missing
  if (absent !== undefined) {
    const wanted = "all files that the card lists; fetch them, or name those that are meant"
    return yield* sourceError(folder, `no file for "${absent}" of ${of}`, wanted)
  }
  const twice = [...Map.groupBy(files, ({ path: name }) => name)].find(([, all]) => all.length > 1)
  if (twice !== undefined) {
    const splits = twice[1].map(({ split }) => split).join(" and ")
    return yield* sourceError(folder, `${twice[0]} in the splits ${splits} in ${of}`, "each file in one; mend the card")
  }
  return {
    home: folder,
    files: files.map(({ path: name, split }) => ({ name, known: { split, by: "card" } })),
    said: ""
  }
})

/** What `save_to_disk` left of a data set with splits: a folder for each; null where it left nothing. */
const savedData = (folder: string): Effect.Effect<FolderData | null, SourceError> =>
  attempt(folder, () => {
    const listed = parseJson(textIfThere(path.join(folder, "dataset_dict.json")) ?? "") as
      | { readonly splits?: unknown }
      | null
      | undefined
    if (!Array.isArray(listed?.splits)) return null
    const splits = listed.splits.filter((one) => typeof one === "string" && isFolder(path.join(folder, one)))
    const files = (splits as ReadonlyArray<string>).flatMap((split) =>
      fs
        .readdirSync(path.join(folder, split))
        .filter((name) => name.endsWith(".arrow"))
        .toSorted()
        .map((name) => ({ name: path.join(split, name), known: { split, by: "folder" as const } }))
    )
    return files.length === 0 ? null : { home: folder, files, said: "" }
  })

const plainData = Effect.fnUntraced(function* (folder: string): Effect.fn.Return<FolderData, SourceError> {
  const all = isFolder(folder) ? yield* attempt(folder, () => namesBelow(folder, "")) : []
  const shown = new Map(all.map((name) => [name, shownSplit(path.join(folder, name), folder).split]))
  const shards = all.filter((name) => isIn("data", name) && shard.test(name))
  const ofSplits = shards.length > 0 ? shards : all.filter((name) => shown.get(name) !== null)
  const isWhole = shards.length > 0 || ofSplits.some((name) => splitInWords(shown.get(name)!) === "train")
  const folders = [...new Set(all.map((name) => path.dirname(name)))]
  const taken = isWhole
    ? ofSplits
    : all.filter((name) => folders.length === 1 || isIn(".", name) || isIn("data", name) || shown.get(name) !== null)
  if (taken.length === 0 && all.length > 0) {
    const found = `data files only below it, in the folders ${someOf(folders)}`
    return yield* sourceError(
      folder,
      found,
      "files in the folder itself; name one of these, or all that belong together"
    )
  }
  const said = takenSaid(taken, all)
  const inData = path.join("data", path.sep)
  return taken.every((name) => name.startsWith(inData))
    ? bare(
        path.join(folder, "data"),
        taken.map((name) => name.slice(inData.length)),
        said
      )
    : bare(folder, taken, said)
})

/** As the hub names them. */
const shard = /-\d{5}-of-\d{5}[^/\\]*$/

const isIn = (inner: string, name: string): boolean => path.dirname(name) === inner

/** Folders that differ in more than words for splits are named, since their data may be several sets. */
const takenSaid = (taken: ReadonlyArray<string>, all: ReadonlyArray<string>): string => {
  const sets = Map.groupBy(taken, (name) =>
    path
      .dirname(name)
      .split(path.sep)
      .filter((one) => splitInWords(one) === null)
      .join("/")
  )
  const folders = [...sets.values()].map(([one]) => path.dirname(one!))
  const isTaken = new Set(taken)
  const left = all.filter((name) => !isTaken.has(name))
  return [
    ...(folders.length > 1 ? [`; read together from the folders ${someOf(folders)}`] : []),
    ...(left.length > 0 ? [`; not read from the folder: ${someOf(left)}`] : [])
  ].join("")
}

const nShown = 3

const someOf = (names: ReadonlyArray<string>): string => {
  const more = names.length > nShown ? ` and ${names.length - nShown} more` : ""
  return names.slice(0, nShown).join(", ") + more
}

const deepest = 4

const namesBelow = (folder: string, below: string): ReadonlyArray<string> => {
  const entries = fs.readdirSync(path.join(folder, below), { withFileTypes: true })
  // What a run or a conversion left is a data set of its own.
  if (below !== "" && entries.some(({ name }) => ["manifest.json", ".prefloom"].includes(name))) return []
  return entries
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const name = path.join(below, entry.name)
      if (!entry.isDirectory()) return isData(name) ? [name] : []
      const isDeep = /^(?:\.|__)/.test(entry.name) || name.split(path.sep).length > deepest
      return isDeep ? [] : namesBelow(folder, name)
    })
}

const isData = (name: string): boolean => endings.test(name) && !beside.test(path.basename(name))
