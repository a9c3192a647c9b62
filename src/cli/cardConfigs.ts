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
  /** The folder whose files are all of it, from that of the card; null where the card lists files. */
  readonly home: string | null
  readonly files: ReadonlyArray<{ readonly path: string; readonly split: string }>
  /** The splits that the card lists, those of addresses and of absent files too. */
  readonly splits: ReadonlyArray<string>
  /** Paths in the card that lead to no file of the folder, from there; no addresses. */
  readonly missing: ReadonlyArray<string>
  /** Whether some of its files are elsewhere, by their addresses. */
  readonly hasAddresses: boolean
}

/**
 * Reads which files are of which split from `configs` in the card `README.md` of a folder, as the hub does; none where it says nothing of that.
 *
 * Paths may be globs. Those that lead out of the folder and addresses count as nothing, and so does what cannot be read. A file stands once in a split.
 * The only data set is the one that is meant.
 */
export const cardConfigs = (folder: string): ReadonlyArray<CardConfig> => {
  const front = frontMatter(folder, /^configs[ \t]*:/)
  if (front === undefined || front === "") return []
  const { configs } = Result.getOrElse(
    Result.try(() => Yaml.parse(front) as { readonly configs?: unknown } | null),
    () => null
  ) ?? { configs: undefined }
  const sets = (Array.isArray(configs) ? (configs as ReadonlyArray<unknown>) : []).filter(isObject)
  return sets.map((entries) => {
    const { config_name: name = "default", data_dir: inner, data_files: listed, default: isDefault } = entries
    const home = typeof inner === "string" ? inner : "."
    const patterns = splitsOf(listed).flatMap(({ paths, split }) =>
      paths.map((pattern) => {
        const place = path.isAbsolute(pattern) ? pattern : path.join(home, pattern)
        return { place, split, found: matches(folder, place) }
      })
    )
    const all = patterns.flatMap(({ found, split }) => found.map((one) => ({ path: one, split })))
    const absent = patterns.flatMap(({ found, place }) => (found.length === 0 ? [place] : []))
    const files = [...new Map(all.map((one) => [JSON.stringify(one), one])).values()]
    return {
      name: String(name),
      isDefault: sets.length === 1 || isDefault === true || name === "default",
      home: listed == null && !leadsOut(home) ? path.normalize(home) : null,
      files,
      splits: [...new Set(patterns.map(({ split }) => split))],
      missing: (listed == null && leadsOut(home) ? [home] : absent).filter((place) => !address.test(place)),
      hasAddresses: absent.some((place) => address.test(place))
    }
  })
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const pathsOf = (value: unknown): ReadonlyArray<string> =>
  (Array.isArray(value) ? (value as ReadonlyArray<unknown>) : [value]).filter((one) => typeof one === "string")

/** Paths without a split are "train". */
const splitsOf = (files: unknown): ReadonlyArray<{ readonly split: string; readonly paths: ReadonlyArray<string> }> => {
  const list: ReadonlyArray<unknown> = Array.isArray(files) ? files : [files]
  return list.flatMap((one) => {
    if (typeof one === "string") return [{ split: "train", paths: [one] }]
    if (!isObject(one)) return []
    const { path: paths, split, ...others } = one
    // YAML takes 2024 for a number.
    return typeof split === "string" || typeof split === "number"
      ? [{ split: String(split), paths: pathsOf(paths) }]
      : Object.entries(others).map(([name, of]) => ({ split: name, paths: pathsOf(of) }))
  })
}

/** As `path.join` leaves it, too. */
const address = /^\w{2,}:[/\\]/

const leadsOut = (place: string): boolean => path.isAbsolute(place) || /(?:^|[/\\])\.\.(?:[/\\]|$)|:[/\\]/.test(place)

const matches = (folder: string, pattern: string): ReadonlyArray<string> => {
  if (leadsOut(pattern)) return []
  const isFile = (name: string) => fs.statSync(path.join(folder, name), { throwIfNoEntry: false })?.isFile() === true
  if (isFile(pattern)) return [path.normalize(pattern)]
  return fs.globSync(pattern, { cwd: folder }).filter(isFile).toSorted()
}
