import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Column } from "../Columns.ts"
import type { SinkError } from "./SinkError.ts"
import type { WholeFile } from "./WholeFile.ts"

/** A row whose values were checked against its columns. */
export type CheckedRow = Readonly<Record<string, unknown>>

/** Puts rows into one file. What it writes depends on the rows and their order alone, never on when `flush` runs. */
export interface RowWriter {
  /** Takes a row, without waiting; true says that `flush` has to run before the next row, or memory grows. */
  readonly add: (row: CheckedRow) => boolean
  /** Bytes of all rows so far before compression, a rough count. */
  readonly rawBytes: () => number
  readonly flush: Effect.Effect<void, SinkError>
  /** Writes what is still in memory and all that stands at the end of the file. */
  readonly finish: Effect.Effect<void, SinkError>
}

/** A file format that rows can be written in. */
export interface RowFormat {
  readonly name: string
  /** What the file name ends with, with the dot. */
  readonly extension: string
  /** Columns as rows are checked against them: stricter than the given ones where the format can hold less. */
  readonly strictest: (columns: ReadonlyArray<Column>) => ReadonlyArray<Column>
  /** Starts a file; libraries are loaded here, not before. */
  readonly open: (columns: ReadonlyArray<Column>, file: WholeFile) => Effect.Effect<RowWriter, SinkError, Scope.Scope>
}
