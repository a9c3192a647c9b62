import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { splitOfFile } from "../formats/splitOfFile.ts"
import { type SourceError, sourceError } from "../sources/SourceError.ts"
import { attempt } from "../sources/sourceFiles.ts"
import { textIfThere } from "../textIfThere.ts"

const endings = /\.(parquet|arrow|json|csv|jsonl)$|\.(jsonl)\.(?:gz|zst)$/
const beside = /(^|\.)rejects\.parquet$|^(dataset_info|croissant|manifest|audit)\.json$/
const shard = /^(?<before>.+-)(?<index>\d{5})-of-(?<count>\d{5})(?<ending>\..+)$/

/**
 * Finds the data files in the folder of a data set, of all splits or of those that are named.
 *
 * Files whose names all show no split are "train". Looks into `data`, or into the folder itself when that holds none, and takes nothing that a run or a conversion leaves beside its data. Files
 * come sorted by name. Fails when there are none, when they are of several types, when `dataset_info.json` lists several that are no
 * splits, when some names show a split and some none, when a shard is missing, and in the folder of a run that has not finished: nobody can
 * say there which files belong together.
 */
export const folderFiles = (
  folder: string,
  splits: ReadonlyArray<string> = []
): Effect.Effect<ReadonlyArray<string>, SourceError> =>
  Effect.gen(function* () {
    if (isUnfinished(folder)) {
      const found = "a run that has not finished, and so no manifest.json"
      return yield* sourceError(folder, found, "that of a finished run; give its command again, or name the files")
    }
    const inData = yield* dataNames(path.join(folder, "data"))
    const home = inData.length > 0 ? path.join(folder, "data") : folder
    const names = inData.length > 0 ? inData : yield* dataNames(folder)
    const wanted = "Parquet, Arrow, JSON Lines, JSON or CSV files"
    if (names.length === 0) return yield* sourceError(folder, "no data file in the folder", wanted)
    const showSplits = names.some((name) => splitOfFile(name) !== null)
    const chosen =
      splits.length === 0
        ? names
        : names.filter((name) => splits.includes(splitOfFile(name) ?? (showSplits ? "" : "train")))
    if (chosen.length === 0) {
      const found = showSplits ? `the splits ${splitNames(names).join(", ")}` : "files whose names show no split"
      return yield* sourceError(folder, found, `the split ${splits.join(" or ")}`)
    }
    const remedy = `one of them; name the file, such as "${path.join(home, chosen[0]!)}"`
    const without = chosen.filter((name) => splitOfFile(name) === null)
    const registered = listedIn(home)
    const listed = without.filter((name) => registered.has(name))
    if (listed.length > 1) {
      return yield* sourceError(folder, `the data sets ${listed.join(", ")}, as dataset_info.json lists them`, remedy)
    }
    const types = Map.groupBy(chosen, typeOf)
    if (types.size > 1) {
      const found = [...types].map(([type, of]) => `${of.length} ${type} (${of.slice(0, 3).join(", ")})`).join(" and ")
      return yield* sourceError(folder, `data files of several types: ${found}`, remedy)
    }
    if (without.length > 0 && without.length < chosen.length) {
      const found = `${without.slice(0, 3).join(", ")} beside files of the splits ${splitNames(chosen).join(", ")}`
      const choose = "names that all show a split; choose some with --split, or name the files"
      return yield* sourceError(folder, found, choose)
    }
    const missing = firstMissing(chosen)
    if (missing !== undefined) {
      return yield* sourceError(folder, `a split without ${missing}`, "all of its shards")
    }
    return chosen.map((name) => path.join(home, name))
  })

/** Data of an earlier run may stand there beside those of the last. */
const isUnfinished = (folder: string): boolean =>
  fs.existsSync(path.join(folder, ".prefloom", "run-id")) && !fs.existsSync(path.join(folder, "manifest.json"))

const typeOf = (name: string): string => {
  const [, plain, compressed] = endings.exec(name)!
  return plain ?? compressed!
}

const splitNames = (names: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...new Set(names.flatMap((name) => splitOfFile(name) ?? []))
]

const dataNames = (folder: string): Effect.Effect<ReadonlyArray<string>, SourceError> =>
  attempt(folder, () =>
    fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true
      ? fs
          .readdirSync(folder, { withFileTypes: true })
          .filter((entry) => !entry.isDirectory() && endings.test(entry.name) && !beside.test(entry.name))
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
