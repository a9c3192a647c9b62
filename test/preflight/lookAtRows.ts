import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type FilesPreflight, preflightFiles, type PreflightRequest } from "../../src/cli/preflightFiles.ts"
import { Run } from "../../src/Run.ts"

type Rows = ReadonlyArray<Readonly<Record<string, unknown>>>

/** What a preflight finds in rows of a file of JSON Lines. */
export const lookAtRows = (rows: Rows, more: Partial<PreflightRequest> = {}): Promise<FilesPreflight> =>
  lookAtFiles({ "rows.jsonl": rows }, more)

/** What a preflight finds in rows of several files of JSON Lines, by their names. */
export const lookAtFiles = async (
  files: Readonly<Record<string, Rows>>,
  more: Partial<PreflightRequest> = {}
): Promise<FilesPreflight> => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-rows-"))
  const names = Object.entries(files).map(([name, rows]) => {
    const file = path.join(folder, name)
    fs.writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""))
    return file
  })
  return await preflightFiles(
    { files: names, named: {}, encoding: "o200k_base", maxLength: 1024, ...more },
    { what: "", nRows: 0, totalRows: null }
  )
    .pipe(Effect.provide(Run.layerTemporary()), Effect.scoped, Effect.runPromise)
    .finally(() => fs.rmSync(folder, { recursive: true }))
}

/** One finding of a preflight, with the numbers of its rows; fails where there is none. */
export const findingIn = ({ findings }: FilesPreflight, name: string) => {
  const found = findings.find(({ check }) => check === name)
  if (found === undefined) return assert.fail(`no ${name} in ${findings.map(({ check }) => check).join(", ")}`)
  return { ...found, lines: found.examples.map(({ place }) => Number(place.split(":").at(-1))) }
}

/** The names of all that a preflight found. */
export const checksIn = ({ findings }: FilesPreflight): ReadonlyArray<string> => findings.map(({ check }) => check)
