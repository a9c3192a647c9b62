import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import type { Column } from "../Columns.ts"
import { shortened } from "../Provenance.ts"
import type { Run } from "../Run.ts"
import { contentId } from "../Seed.ts"
import { parquetFormat } from "./parquet.ts"
import type { CheckedRow, RowWriter } from "./RowWriter.ts"
import { cannotWrite, type SinkError } from "./SinkError.ts"
import { syncFolder, WholeFile } from "./WholeFile.ts"

const text = { kind: "string", nullable: false } as const

/**
 * The columns of a file of kept rows: the id of the pipeline's row, and as JSON the columns of that row which the data file does not hold,
 * long texts cut.
 */
const keptColumns: ReadonlyArray<Column> = [
  { name: "id", type: text },
  { name: "lost", type: text }
]

/** Where the rows behind a data file are kept; both paths are relative to the run folder. */
export const keptRowsPath = (file: string): string => `.prefloom/rows/${file}.parquet`

/** The id of a row of a pipeline as stages name it: its column `id`, or a hash of its content where it has none. */
export const rowId = (row: CheckedRow): string =>
  typeof row["id"] === "string" ? row["id"] : contentId(JSON.stringify(row))

/**
 * The rows of the pipeline behind the rows of one data file, where that cannot hold all of them: row n of the one belongs to row n of the
 * other.
 *
 * A Parquet file in `.prefloom/rows`, whole or absent as the data file is. The same rows give the same bytes. Size: some 13 bytes a row for
 * an id of 24 hexadecimal digits, 100 with all other columns of a pair but its texts. Memory is that of a Parquet writer with two columns of
 * short texts.
 */
export class KeptRows {
  readonly #file: WholeFile
  readonly #writer: RowWriter
  readonly #lost: ReadonlyArray<string>

  private constructor(file: WholeFile, writer: RowWriter, lost: ReadonlyArray<string>) {
    this.#file = file
    this.#writer = writer
    this.#lost = lost
  }

  /**
   * Starts the file behind the data file `name`; `lost` are the columns to keep. What the writer needs ends with the scope `writing`, a
   * file that was not published with the scope around.
   */
  static readonly open = Effect.fnUntraced(function* (
    name: string,
    lost: ReadonlyArray<string>,
    writing: Scope.Scope
  ): Effect.fn.Return<KeptRows, SinkError, Run | Scope.Scope> {
    const file = yield* WholeFile.open({ sink: "dataset", path: keptRowsPath(name) })
    const writer = yield* Scope.provide(parquetFormat().open(keptColumns, file), writing)
    return new KeptRows(
      file,
      writer,
      lost.filter((column) => column !== "id")
    )
  })

  /** Takes the row of the pipeline that the next row of the data file was made of; true says that `flush` has to run. */
  add(row: CheckedRow): boolean {
    const lost = Object.fromEntries(this.#lost.map((name) => [name, row[name] ?? null]))
    return this.#writer.add({ id: rowId(row), lost: JSON.stringify(lost, shortened) })
  }

  /** See `RowWriter`. */
  get flush(): Effect.Effect<void, SinkError> {
    return this.#writer.flush
  }

  /** Puts all rows on the disk. */
  get finish(): Effect.Effect<void, SinkError> {
    const seal = Effect.try({
      try: () => this.#file.seal(),
      catch: (cause) => cannotWrite(this.#file.target, cause)
    })
    return Effect.andThen(this.#writer.finish, seal)
  }

  /** Gives the finished file the name that belongs to the data file's own. */
  publish(nRows: number, name: string): void {
    this.#file.publish(nRows, path.posix.basename(keptRowsPath(name)))
  }
}

/** Removes what is kept for files of a folder other than these, such as those of an earlier run; makes the names that stay last. */
export const removeOtherKeptRows = (root: string, folder: string, names: ReadonlySet<string>): void => {
  const kept = path.join(root, path.dirname(keptRowsPath(`${folder}/x`)))
  if (!fs.existsSync(kept)) return
  const wanted = new Set([...names].map((name) => path.posix.basename(keptRowsPath(name))))
  for (const entry of fs.readdirSync(kept)) {
    if (!wanted.has(entry)) fs.rmSync(path.join(kept, entry), { recursive: true, force: true })
  }
  syncFolder(kept)
}
