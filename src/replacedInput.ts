import * as fs from "node:fs"
import * as path from "node:path"
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
  const read = steps.flatMap(({ config, kind }) => (kind === "source" ? filesOf(fieldOf(config, "paths")) : []))
  if (read.length === 0) return null
  const inputs = new Inputs()
  for (const file of read) inputs.add(file)
  const own = fieldOf(sink.config, "path")
  const single = ["rejects.parquet", "manifest.json", ...(typeof own === "string" ? [own] : [])]
  const tables = sink.name === "dataset" ? ["data", ...namesOf(fieldOf(sink.config, "derive"))] : []
  const replaced = [
    ...single.map((name) => path.resolve(folder, name)),
    ...tables.flatMap((table) => filesIn(path.join(folder, table)).filter((file) => dataFile.test(file)))
  ]
  return replaced.find((file) => inputs.has(file)) ?? null
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined

const namesOf = (derive: unknown): ReadonlyArray<string> =>
  (Array.isArray(derive) ? (derive as ReadonlyArray<unknown>) : []).flatMap((one) => {
    const name = fieldOf(one, "name")
    return typeof name === "string" ? [name] : []
  })

/** The files behind the paths of a source, which may be folders and globs; what is not there is none. */
const filesOf = (paths: unknown): ReadonlyArray<string> =>
  (Array.isArray(paths) ? (paths as ReadonlyArray<unknown>) : []).flatMap((one) => {
    if (typeof one !== "string") return []
    if (isFolder(one)) return [...filesIn(one), ...filesIn(path.join(one, "data"))]
    if (fs.existsSync(one)) return [one]
    return /[*?[{]/.test(one) ? fs.globSync(one) : []
  })

const filesIn = (folder: string): ReadonlyArray<string> =>
  isFolder(folder) ? fs.readdirSync(folder).map((name) => path.join(folder, name)) : []
