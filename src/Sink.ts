import type * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { Batch } from "./Batch.ts"
import type { Step } from "./Pipeline.ts"

/** A file that a sink has written whole: path relative to the output folder, rows, bytes and SHA-256 in hexadecimal. */
export interface WrittenFile {
  readonly path: string
  readonly rows: number
  readonly bytes: number
  readonly sha256: string
}

/**
 * The end of a pipeline: gets the final columns, then the batches.
 *
 * `Row` is what the sink has to find in a row; `unknown` takes any. Files are complete or absent: a sink writes under a
 * temporary name, syncs and renames.
 */
export interface Sink<in Row, out Result, out E = never, out R = never> {
  readonly name: string
  readonly config: unknown
  /** Throws while the plan is built when the sink cannot take these columns. */
  readonly check?: (columns: Schema.Struct.Fields) => void
  /** What somebody should know before the first row, such as columns that the files cannot hold; a sentence each. */
  readonly notices?: (columns: Schema.Struct.Fields) => ReadonlyArray<string>
  /** The steps by which it makes further tables of the rows it has written; absent where it makes none. */
  readonly steps?: (columns: Schema.Struct.Fields) => ReadonlyArray<Step>
  readonly write: <E0, R0>(
    columns: Schema.Struct.Fields,
    batches: Stream.Stream<Batch<Row>, E0, R0>
  ) => Effect.Effect<Result, E | E0, R | R0>
}
