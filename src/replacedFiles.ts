import * as fs from "node:fs"
import * as path from "node:path"
import * as Predicate from "effect/Predicate"
import { isFolder } from "./isFolder.ts"

/** What a sink says of itself. */
export interface PlannedSink {
  readonly name: string
  readonly config: unknown
}

/**
 * The files in a folder that the results of a plan would replace or take away, as far as they are known before a row is read; absolute paths, of which
 * not all need to be there.
 *
 * They are what every run leaves, the file that a sink says in its options, and the shards in the tables of a data set, of which those of an earlier run
 * go. The card is not among them.
 */
export const replacedFiles = ({ config, name }: PlannedSink, folder: string): ReadonlyArray<string> => {
  const given = (config ?? {}) as { readonly path?: unknown; readonly derive?: unknown }
  const single = ["rejects.parquet", "report.html", "manifest.json", given.path].filter(Predicate.isString)
  const derive: ReadonlyArray<{ readonly name?: unknown } | null> = Array.isArray(given.derive) ? given.derive : []
  const tables = name === "dataset" ? ["data", ...derive.map((one) => one?.name).filter(Predicate.isString)] : []
  return [
    ...single.map((one) => path.resolve(folder, one)),
    ...tables.flatMap((table) => shardsIn(path.resolve(folder, table)))
  ]
}

const shard = /-\d{5,}-of-\d{5,}\.(?:parquet|arrow|jsonl|jsonl\.zst)$/

const shardsIn = (folder: string): ReadonlyArray<string> =>
  isFolder(folder)
    ? fs
        .readdirSync(folder)
        .filter((name) => shard.test(name))
        .map((name) => path.join(folder, name))
    : []
