import * as fs from "node:fs"
import * as path from "node:path"
import * as Predicate from "effect/Predicate"
import { Inputs } from "./Inputs.ts"
import { isFolder } from "./isFolder.ts"
import type { Step } from "./Pipeline.ts"

const dataFile = /-\d{5,}-of-\d{5,}\.(?:parquet|arrow|jsonl|jsonl\.zst)$/

/** What a plan says of its sources and its sink. */
export interface PlannedFiles {
  readonly steps: ReadonlyArray<Pick<Step, "config" | "kind">>
  readonly sink: { readonly name: string; readonly config: unknown }
}

/**
 * The file that a plan reads and that its results would replace or take away in a folder; null where there is none.
 *
 * Known before a row is read, from the paths that sources and sinks say in their options: those of single files, of `rejects.parquet` and
 * `manifest.json`, and of the tables of a data set, of which files of an earlier run go. Looks at names alone, and into the folders that sources name.
 */
export const replacedInput = ({ sink, steps }: PlannedFiles, folder: string): string | null => {
  const read = steps.flatMap(({ config, kind }) => (kind === "source" ? listOf(fieldOf(config, "paths")) : []))
  if (read.length === 0) return null
  const inputs = new Inputs(read.filter(Predicate.isString).flatMap(filesOf))
  const single = ["rejects.parquet", "manifest.json", fieldOf(sink.config, "path")].filter(Predicate.isString)
  const derived = listOf(fieldOf(sink.config, "derive")).map((one) => fieldOf(one, "name"))
  const tables = sink.name === "dataset" ? ["data", ...derived.filter(Predicate.isString)] : []
  const replaced = [
    ...single.map((name) => path.resolve(folder, name)),
    ...tables.flatMap((table) => filesIn(path.join(folder, table)).filter((file) => dataFile.test(file)))
  ]
  return replaced.find((file) => inputs.has(file)) ?? null
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined

const listOf = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

/** The files behind a path of a source, which may be a folder or a glob; what is not there is none. */
const filesOf = (one: string): ReadonlyArray<string> => {
  if (isFolder(one)) return [...filesIn(one), ...filesIn(path.join(one, "data"))]
  return fs.existsSync(one) ? [one] : fs.globSync(one)
}

const filesIn = (folder: string): ReadonlyArray<string> =>
  isFolder(folder) ? fs.readdirSync(folder).map((name) => path.join(folder, name)) : []
