import * as fs from "node:fs"
import * as path from "node:path"
import * as Yaml from "effect/encoding/Yaml"
import * as Result from "effect/Result"
import { frontMatter } from "./frontMatter.ts"

/** A data set that a card describes, with its files that are there, from the folder of the card. */
export interface CardConfig {
  readonly name: string
  /** Whether it is meant where none is named. */
  readonly isDefault: boolean
  readonly files: ReadonlyArray<{ readonly path: string; readonly split: string }>
}

/**
 * Reads which files are of which split from `configs` in the card `README.md` of a folder, as the hub does; none where it says nothing of that.
 *
 * Paths may be globs. Those that lead out of the folder and addresses count as nothing, and so does what cannot be read.
 */
export const cardConfigs = (folder: string): ReadonlyArray<CardConfig> => {
  const front = frontMatter(folder, /^configs[ \t]*:/)
  if (front === undefined || front === "") return []
  const { configs } = Result.getOrElse(
    Result.try(() => Yaml.parse(front) as { readonly configs?: unknown } | null),
    () => null
  ) ?? { configs: undefined }
  return (Array.isArray(configs) ? (configs as ReadonlyArray<unknown>) : []).flatMap((config) => {
    const entries = objectOf(config)
    const inner = entries["data_dir"]
    const home = typeof inner === "string" ? inner : "."
    const files = splitsOf(entries["data_files"]).flatMap(({ paths, split }) =>
      paths.flatMap((pattern) => matches(folder, path.join(home, pattern)).map((one) => ({ path: one, split })))
    )
    const { config_name: name = "default", default: isDefault } = entries
    return files.length === 0
      ? []
      : [{ name: String(name), isDefault: isDefault === true || name === "default", files }]
  })
}

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {}

const pathsOf = (value: unknown): ReadonlyArray<string> =>
  (Array.isArray(value) ? (value as ReadonlyArray<unknown>) : [value]).filter((one) => typeof one === "string")

/** Paths without a split are "train". */
const splitsOf = (files: unknown): ReadonlyArray<{ readonly split: string; readonly paths: ReadonlyArray<string> }> => {
  const list: ReadonlyArray<unknown> = Array.isArray(files) ? files : [files]
  return list.flatMap((one) => {
    if (typeof one === "string") return [{ split: "train", paths: [one] }]
    const { path: paths, split, ...others } = objectOf(one)
    return typeof split === "string"
      ? [{ split, paths: pathsOf(paths) }]
      : Object.entries(others).map(([name, of]) => ({ split: name, paths: pathsOf(of) }))
  })
}

const matches = (folder: string, pattern: string): ReadonlyArray<string> => {
  if (path.isAbsolute(pattern) || /(?:^|[/\\])\.\.(?:[/\\]|$)|:[/\\]/.test(pattern)) return []
  const isFile = (name: string) => fs.statSync(path.join(folder, name), { throwIfNoEntry: false })?.isFile() === true
  if (isFile(pattern)) return [path.normalize(pattern)]
  return fs.globSync(pattern, { cwd: folder }).filter(isFile).toSorted()
}
