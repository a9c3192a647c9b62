import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import { type Converted, convertFiles, type ConvertRequest } from "../../src/cli/convertFiles.ts"
import { Run } from "../../src/Run.ts"
import * as readBack from "../sinks/readBack.ts"

/** Converts files as the command does. */
export const convert = (
  request: Partial<ConvertRequest> & Pick<ConvertRequest, "files" | "to" | "out">
): Effect.Effect<Converted, Error> =>
  convertFiles({ named: {}, ...request }, { what: "", nRows: 0, totalRows: null }).pipe(
    Effect.provide(Run.layerTemporary()),
    Effect.scoped
  )

/** Rows as JSON Lines. */
export const lines = (rows: ReadonlyArray<object>): string => rows.map((row) => `${JSON.stringify(row)}\n`).join("")

/** The rows of a JSON Lines file. */
export const readLines = (file: string) =>
  fs
    .readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>)

/** The rows of a Parquet file. */
export const readParquet = (file: string) => Effect.promise(() => readBack.readParquet(file))
