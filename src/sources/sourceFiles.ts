import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import { type SourceError, sourceError } from "./SourceError.ts"

/** A file that exists and is not empty. `name` is how the user wrote it and how messages call it. */
export interface SourceFile {
  readonly name: string
  readonly bytes: number
}

/** One path or glob, or several. Relative ones are taken from the working directory. */
export type Paths = string | ReadonlyArray<string>

/** The paths as a list, for a manifest. */
export const pathList = (paths: Paths): ReadonlyArray<string> => (typeof paths === "string" ? [paths] : paths)

/**
 * Finds the files that paths and globs name.
 *
 * Files come in the order of the paths, those of one glob sorted by name in code unit order. A path that exists is taken as it
 * is, also when it holds glob characters. `expand` says which files a directory stands for; without it a directory is an error.
 * Fails for a missing or empty file, for a glob without a match, and when two paths name the same file.
 */
export const sourceFiles = (
  paths: Paths,
  expand: (directory: string) => Effect.Effect<ReadonlyArray<string>, SourceError> = refuseDirectory
): Effect.Effect<ReadonlyArray<SourceFile>, SourceError> =>
  Effect.gen(function* () {
    const names = (yield* Effect.forEach(pathList(paths), (path) => namesOf(path, expand))).flat()
    if (names.length === 0) return yield* sourceError("", "no paths", "at least one file")
    const seen = new Map<string, string>()
    const files: Array<SourceFile> = []
    for (const name of names) {
      const stats = yield* statsOf(name)
      if (stats === undefined) return yield* sourceError(name, "no such file", name === "-" ? fromPipe : "a file")
      if (!stats.isFile()) return yield* sourceError(name, "something that is no regular file", fromPipe)
      if (stats.size === 0) return yield* sourceError(name, "an empty file (0 bytes)", "a file with rows")
      const real = yield* attempt(name, () => fs.realpathSync(name))
      const twin = seen.get(real)
      if (twin !== undefined) return yield* sourceError(name, `the same file as "${twin}"`, "each file once")
      seen.set(real, name)
      files.push({ name, bytes: stats.size })
    }
    return files
  })

/** Files are read more than once. */
const fromPipe = "a file; write what comes through a pipe into one first"

const refuseDirectory = (directory: string) =>
  Effect.fail(sourceError(directory, "a directory", 'a file, or a glob such as "folder/*.jsonl"'))

const namesOf = (
  path: string,
  expand: (directory: string) => Effect.Effect<ReadonlyArray<string>, SourceError>
): Effect.Effect<ReadonlyArray<string>, SourceError> =>
  Effect.gen(function* () {
    const stats = yield* statsOf(path)
    if (stats?.isDirectory() === true) return yield* expand(path)
    if (stats !== undefined || !/[*?[{]/.test(path)) return [path]
    const matches = yield* attempt(path, () =>
      fs.globSync(path).filter((match) => fs.statSync(match, { throwIfNoEntry: false })?.isDirectory() !== true)
    )
    if (matches.length === 0) return yield* sourceError(path, "no file that matches", "at least one")
    return matches.toSorted()
  })

const statsOf = (name: string) => attempt(name, () => fs.statSync(name, { throwIfNoEntry: false }))

/** Asks the file system about a path. */
export const attempt = <A>(name: string, ask: () => A): Effect.Effect<A, SourceError> =>
  Effect.try({ try: ask, catch: (cause) => readFailure(name, cause) })

/** Turns a failed file operation into a `SourceError`. */
export const readFailure = (file: string, cause: unknown, place?: string): SourceError => {
  const code = (cause as NodeJS.ErrnoException).code
  const found =
    code === "EACCES" || code === "EPERM"
      ? "no permission to read it"
      : `a failing disk or path (${code ?? String(cause)})`
  return sourceError(file, found, "a readable file", place === undefined ? {} : { place })
}
