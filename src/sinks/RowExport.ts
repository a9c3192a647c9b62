import * as path from "node:path"
import type * as Columns from "../Columns.ts"
import * as Figure from "../Figure.ts"
import type { ExportFinding } from "../Findings.ts"
import { type ColumnFates, columnFates } from "../formats/columnFates.ts"
import { type Format, FormatFlaw, isRefusal, type Reader, type Row, type Writer } from "../formats/Format.ts"
import { formats } from "../formats/formats.ts"
import { lossNotices } from "../formats/lossNotices.ts"
import { WiringError } from "../Pipeline.ts"
import { unwritable } from "../preflight/unwritable.ts"
import { lookOf, recordReader } from "./recordReader.ts"
import type { RowFormat } from "./RowWriter.ts"

/**
 * Makes rows of a trainer's format of the rows of a pipeline.
 *
 * What the format cannot hold follows from the columns alone and is known before the first row. Throws a `WiringError` for a name that is
 * no format, for columns that are no preference data, and where the format excludes them.
 */
export class RowExport {
  readonly format: Format
  /** What the files hold. */
  readonly columns: ReadonlyArray<Columns.Column>
  readonly #strictest: ReadonlyArray<Columns.Column>
  readonly #fates: ColumnFates
  readonly #reader: Reader
  readonly #writer: Writer
  readonly #leavesMarginsOut: boolean

  /** `strictest` says what the file format can hold of columns, `lacksMargins` that rows were seen to have no margin. */
  constructor(
    to: string,
    columns: ReadonlyArray<Columns.Column>,
    strictest: RowFormat["strictest"],
    lacksMargins: boolean = false
  ) {
    const format = formats.find(({ name }) => name === to)
    if (format === undefined) {
      throw cannotExport(to, "a name that is no format", `one of ${formats.map(({ name }) => name).join(", ")}`)
    }
    const found = recordReader(lookOf(columns))
    if (typeof found === "string") {
      throw cannotExport(to, found, "those of preference data, such as prompt, chosen and rejected; put pair(…) before")
    }
    const holding = lacksMargins ? { ...found.reader.holding, lacksMargins } : found.reader.holding
    const writer = format.writer(holding)
    if (isRefusal(writer)) throw cannotExport(to, writer.found, writer.wanted)
    this.format = format
    this.columns = writer.columns
    this.#strictest = strictest(writer.columns)
    this.#fates = columnFates(holding, writer)
    this.#reader = found.reader
    this.#writer = writer
    this.#leavesMarginsOut = lacksMargins
  }

  /** What becomes of the columns, and what was mended in the rows made so far. */
  get finding(): ExportFinding {
    const mended = [...(this.#writer.remarks ?? [])].map(([what, n]) => `${Figure.count(n)} ${what}`)
    return {
      kind: "export",
      format: this.format.name,
      ...this.#fates,
      notes: [...this.#writer.notes, ...mended],
      ...(this.#leavesMarginsOut ? { warnings: mended.map((message) => ({ code: "marginsLeftOut", message })) } : {})
    }
  }

  /** The columns that the files cannot hold; null where they hold all of them, the id under its name. */
  get withheld(): ReadonlyArray<string> | null {
    const { lost } = this.#fates
    return lost.length === 0 && this.columns.some(({ name }) => name === "id") ? null : lost
  }

  /** What somebody should know before the first row is made, a sentence each. */
  get notices(): ReadonlyArray<string> {
    const { name } = this.format
    return [...lossNotices(name, this.#fates), ...this.#writer.notes.map((note) => `On the format ${name}: ${note}`)]
  }

  /** Whether the format wants a margin in all rows or in none, so that all have to be seen before the first is written. */
  get wantsMargins(): boolean {
    return this.#writer.lacksMargins !== undefined
  }

  /** Whether one of the rows made so far has no margin, where the format wants it in all or in none. */
  get lacksMargins(): boolean {
    return this.#writer.lacksMargins?.() === true
  }

  /** The rows of the format, or why there are none. */
  rowsOf(row: Row): ReadonlyArray<Row> | FormatFlaw {
    const record = this.#reader.read(row)
    if (record instanceof FormatFlaw) return record
    const rows: Array<Row> = []
    return this.#writer.write(record, rows) ?? unwritable(this.format, this.#strictest, rows) ?? rows
  }

  /** The file that belongs beside these data files, all of one folder; null where the format has none. */
  companion(files: ReadonlyArray<string>): { readonly name: string; readonly text: string } | null {
    const { companion } = this.format
    if (companion === undefined) return null
    let name = ""
    let text: string | null = null
    for (const file of files) {
      const made = companion(path.posix.basename(file), this.#writer)
      name = made.name
      // Refused is only a text that is not the companion's own.
      text = made.text(text) as string
    }
    return text === null ? null : { name, text }
  }
}

const cannotExport = (to: string, found: string, wanted: string): WiringError =>
  new WiringError(`Cannot write a data set as "${to}": found ${found}, expected ${wanted}`)
