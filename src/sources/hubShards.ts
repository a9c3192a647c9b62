import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { runFiles } from "./runFiles.ts"
import { type SourceError, sourceError } from "./SourceError.ts"
import { attempt } from "./sourceFiles.ts"

const shard = /^(?<split>.+)-(?<index>\d{5})-of-(?<count>\d{5})\.parquet$/
const usualSplits = new Set(["train", "validation", "val", "valid", "dev", "test", "eval"])

interface Shard {
  readonly name: string
  readonly split: string | null
  readonly index: number
  readonly count: number | null
}

/**
 * Finds the Parquet files of one split in a folder laid out as on the hub: `data/train-00000-of-00002.parquet` and so on.
 *
 * Takes what the manifest of a run or a conversion lists there (`runFiles`), else what is in `data`, or in the folder itself when that holds
 * none. Files come sorted by name. Fails when there are several splits and none is asked for, when the one asked for is not there, when a shard of
 * it is missing, and in the folder of a run that has not finished. Files whose names show no split belong together.
 */
export const hubShards = (
  folder: string,
  split: string | undefined
): Effect.Effect<ReadonlyArray<string>, SourceError> =>
  Effect.gen(function* () {
    const listed = yield* runFiles(folder)
    const names =
      listed === null ? yield* namesIn(folder) : listed.filter((name) => name.endsWith(".parquet")).toSorted()
    if (names.length === 0) {
      const where = listed === null ? "in the folder" : "among those that its manifest.json lists"
      return yield* sourceError(folder, `no Parquet file ${where}`, "at least one")
    }
    const shards = names.map(readName)
    const splits = splitsOf(shards)
    const there = `the splits ${[...splits.keys()].join(", ")}`
    if (split === undefined && splits.size > 1) {
      return yield* sourceError(folder, there, 'one split; name it with the option "split"')
    }
    const chosen = split === undefined ? [...splits.values()][0]! : splits.get(split)
    if (chosen === undefined) return yield* sourceError(folder, there, `the split ${split}`)
    const missing = firstMissing(chosen)
    if (missing !== undefined) {
      return yield* sourceError(folder, `${chosen.length} files of a split`, `all of its shards; ${missing} is missing`)
    }
    return chosen.map(({ name }) => path.join(folder, name))
  })

/** The Parquet files in `data`, else those in the folder itself, from there. */
const namesIn = (folder: string): Effect.Effect<ReadonlyArray<string>, SourceError> =>
  Effect.gen(function* () {
    const inData = yield* parquetNames(path.join(folder, "data"))
    return inData.length > 0 ? inData.map((name) => path.join("data", name)) : yield* parquetNames(folder)
  })

const parquetNames = (folder: string): Effect.Effect<ReadonlyArray<string>, SourceError> =>
  attempt(folder, () =>
    fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true
      ? fs
          .readdirSync(folder, { withFileTypes: true })
          .filter((entry) => entry.name.endsWith(".parquet") && !entry.isDirectory())
          .map((entry) => entry.name)
          .toSorted()
      : []
  )

const readName = (name: string): Shard => {
  const { split, index, count } = shard.exec(path.basename(name))?.groups ?? {}
  if (split !== undefined) return { name, split, index: Number(index), count: Number(count) }
  const stem = path.basename(name, ".parquet")
  return { name, split: usualSplits.has(stem) ? stem : null, index: 0, count: null }
}

/** The files by split. As soon as one name shows a split, every other file is a split of its own. */
const splitsOf = (shards: ReadonlyArray<Shard>): ReadonlyMap<string, ReadonlyArray<Shard>> => {
  if (shards.every(({ split }) => split === null)) return new Map([["train", shards]])
  return Map.groupBy(shards, ({ name, split }) => split ?? path.basename(name))
}

const pad = (n: number): string => String(n).padStart(5, "0")

const firstMissing = (shards: ReadonlyArray<Shard>): string | undefined => {
  const { split, count } = shards[0]!
  if (count === null) return undefined
  const present = new Set(shards.map(({ index }) => index))
  for (let i = 0; i < count; i++) if (!present.has(i)) return `${split}-${pad(i)}-of-${pad(count)}.parquet`
  return undefined
}
