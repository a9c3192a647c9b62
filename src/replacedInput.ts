import * as fs from "node:fs"
import * as path from "node:path"
import * as Predicate from "effect/Predicate"
import { Inputs } from "./Inputs.ts"
import { isFolder } from "./isFolder.ts"
import type { Step } from "./Pipeline.ts"
import { type PlannedSink, replacedFiles } from "./replacedFiles.ts"

/** What a plan says of its sources and its sink. */
export interface PlannedFiles {
  readonly steps: ReadonlyArray<Pick<Step, "config" | "kind">>
  readonly sink: PlannedSink
}

/**
 * The file that a plan reads and that its results would replace or take away in a folder; null where there is none.
 *
 * Known before a row is read, from the paths that sources say in their options and from `replacedFiles`. Looks at names alone, and into the folders
 * that sources name.
 */
export const replacedInput = ({ sink, steps }: PlannedFiles, folder: string): string | null => {
  const read = steps.flatMap(({ config, kind }) => (kind === "source" ? listOf(fieldOf(config, "paths")) : []))
  if (read.length === 0) return null
  const inputs = new Inputs(read.filter(Predicate.isString).flatMap(filesOf))
  return replacedFiles(sink, folder).find((file) => inputs.has(file)) ?? null
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
