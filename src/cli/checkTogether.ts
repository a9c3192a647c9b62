import * as path from "node:path"
import * as Effect from "effect/Effect"
import { type SourceError, sourceError } from "../sources/SourceError.ts"
import { textIfThere } from "../textIfThere.ts"

const ending = /\.(parquet|arrow|json|csv|jsonl)(?:\.(?:gz|zst))?$/
const shard = /^(?<before>.+-)(?<index>\d{5})-of-(?<count>\d{5})(?:-[0-9a-f]+)?(?<ending>\..+)$/

/**
 * Fails where files that were found in the folder of a data set do not belong together.
 *
 * They do not where they are of several types, where `dataset_info.json` lists several that are no splits, where some show a split and some none,
 * and where a shard is missing. `files` are by their names in `home`.
 */
export const checkTogether = (
  folder: string,
  home: string,
  files: ReadonlyArray<{ readonly name: string; readonly split: string | null }>
): Effect.Effect<void, SourceError> => {
  const names = files.map(({ name }) => name)
  const remedy = `one of them; name the file, such as "${path.join(home, names[0]!)}"`
  const without = files.flatMap(({ name, split }) => (split === null ? [name] : []))
  const registered = listedIn(home)
  const listed = without.filter((name) => registered.has(name))
  const cannot = (found: string, wanted: string) => Effect.fail(sourceError(folder, found, wanted))
  if (listed.length > 1) return cannot(`the data sets ${listed.join(", ")}, as dataset_info.json lists them`, remedy)
  if (without.length > 0 && without.length < files.length) {
    const splits = [...new Set(files.flatMap(({ split }) => split ?? []))]
    const found = `${without.slice(0, 3).join(", ")} beside files of the splits ${splits.join(", ")}`
    return cannot(found, "names that all show a split; choose some with --split, or name the files")
  }
  const types = Map.groupBy(names, (name) => ending.exec(name)![1]!)
  if (types.size > 1) {
    const found = [...types].map(([type, of]) => `${of.length} ${type} (${of.slice(0, 3).join(", ")})`).join(" and ")
    return cannot(`data files of several types: ${found}`, remedy)
  }
  const missing = firstMissing(names)
  return missing === undefined ? Effect.void : cannot(`a split without ${missing}`, "all of its shards")
}

/** The files that the registry of LLaMA-Factory in a folder lists; none where there is no registry, or one that cannot be read. */
const listedIn = (home: string): ReadonlySet<string> => {
  const text = textIfThere(path.join(home, "dataset_info.json")) ?? ""
  return new Set([...text.matchAll(/"file_name"\s*:\s*"([^"\\]+)"/g)].map(([, name]) => name!))
}

const firstMissing = (names: ReadonlyArray<string>): string | undefined => {
  const shards = names.flatMap((name) => {
    const { before, count, ending: end, index } = shard.exec(name)?.groups ?? {}
    return before === undefined ? [] : [{ before, index: index!, after: `-of-${count}${end}`, count: Number(count) }]
  })
  const present = new Set(shards.map(({ after, before, index }) => before + index + after))
  for (const { after, before, count } of shards) {
    for (let i = 0; i < count; i++) {
      const one = before + String(i).padStart(5, "0") + after
      if (!present.has(one)) return one
    }
  }
  return undefined
}
