import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { convertFiles } from "../../src/cli/convertFiles.ts"
import * as Columns from "../../src/Columns.ts"
import { convertRows } from "../../src/formats/convertRows.ts"
import { formats } from "../../src/formats/formats.ts"
import { Run } from "../../src/Run.ts"
import { arrow } from "../../src/sinks/arrow.ts"
import { jsonl } from "../../src/sinks/jsonl.ts"
import { parquet } from "../../src/sinks/parquet.ts"
import { lookOf } from "../contracts/format.ts"
import { batchesOf } from "../contracts/sink.ts"
import { hardFields, hardRows } from "../sinks/hardTable.ts"
import { corners } from "./corners.ts"

/** A table that was exported: how, what it has to hold, and the files with it. */
interface Export {
  readonly corner: string
  readonly format: string
  /** Set where rows are JSON that no column type describes. */
  readonly free: boolean
  readonly columns: ReadonlyArray<Columns.Column>
  readonly rows: ReadonlyArray<unknown>
  readonly files: ReadonlyArray<string>
}

const fileTypes = [".parquet", ".arrow", ".jsonl", ".json", ".jsonl.gz", ".jsonl.zst"]

/** JSON with the numbers that it has no form for as text, which Python's `float` reads. */
const exactJson = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) =>
    typeof one !== "number" || (Number.isFinite(one) && !Object.is(one, -0))
      ? one
      : Object.is(one, -0)
        ? "-0"
        : String(one)
  )

/**
 * Writes every corner in every format and file type that can hold it, and a table of all column types, into a folder.
 *
 * `exports.json` there says what each file has to hold: the rows as they were before they were written. `corners.json` has the rows by
 * hand. Files that the formats refuse are counted; a format that refuses all corners fails.
 */
export const exportCorners = async (
  folder: string
): Promise<{ readonly nFiles: number; readonly nRefused: number }> => {
  fs.mkdirSync(folder, { recursive: true })
  const made: Array<Export> = [await hardTable(folder, true), await hardTable(folder, false)]
  let nRefused = 0
  for (const { from, name, rows } of corners) {
    const source = path.join(folder, `${name}.source.jsonl`)
    fs.writeFileSync(source, rows.map((row) => `${JSON.stringify(row)}\n`).join(""))
    const reader = formats.find((format) => format.name === from)!
    for (const to of formats) {
      const wanted = convertRows(reader, to, lookOf(rows), rows)
      if ("wanted" in wanted || wanted.rows.length === 0) {
        nRefused++
        continue
      }
      const files: Array<string> = []
      for (const type of to.onlyJsonLines === true ? [".jsonl"] : fileTypes) {
        // A folder for each type, because LLaMA-Factory's registry stands beside the data under one name.
        const out = path.join(folder, to.name, type.slice(1), `${name}${type}`)
        fs.mkdirSync(path.dirname(out), { recursive: true })
        const request = { files: [source], from, to: to.name, out, named: {} }
        const { rowsOut } = await Effect.runPromise(
          convertFiles(request, { what: "", nRows: 0, totalRows: null }).pipe(
            Effect.provide(Run.layerTemporary()),
            Effect.scoped
          )
        )
        if (rowsOut !== wanted.rows.length) throw new Error(`${out}: ${rowsOut} rows, not ${wanted.rows.length}`)
        files.push(path.relative(folder, out))
      }
      const { columns } = wanted
      made.push({
        corner: name,
        format: to.name,
        free: to.onlyJsonLines === true,
        columns,
        rows: wanted.rows,
        files
      })
    }
  }
  const unseen = formats.filter(({ name }) => !made.some(({ format }) => format === name))
  if (unseen.length > 0) throw new Error(`no corner is exported as ${unseen.map(({ name }) => name).join(", ")}`)
  fs.writeFileSync(path.join(folder, "corners.json"), exactJson(corners))
  fs.writeFileSync(path.join(folder, "exports.json"), exactJson(made))
  return { nFiles: made.reduce((sum, { files }) => sum + files.length, 0), nRefused }
}

/** Columns of every kind through the sinks; NaN and infinities only where the file type has them. */
const hardTable = async (folder: string, finite: boolean): Promise<Export> => {
  const rows = hardRows(600, { finite })
  const name = finite ? "hard" : "hard-non-finite"
  const sinks = [
    parquet(`${name}.parquet`),
    arrow(`${name}.arrow`),
    ...(finite ? [jsonl(`${name}.jsonl`), jsonl(`${name}.jsonl.gz`), jsonl(`${name}.jsonl.zst`)] : [])
  ]
  const files: Array<string> = []
  for (const sink of sinks) {
    const written = await Effect.runPromise(
      Effect.gen(function* () {
        const run = { ...(yield* Run), folder }
        return yield* Effect.provideService(sink.write(hardFields, batchesOf(rows)), Run, run)
      }).pipe(Effect.provide(Run.layerTemporary()), Effect.scoped)
    )
    files.push(...written.map((file) => file.path))
  }
  return { corner: name, format: "sink", free: false, columns: Columns.fromFields(hardFields), rows, files }
}
