import * as Effect from "effect/Effect"
import type { Run } from "../Run.ts"
import type { Sink, WrittenFile } from "../Sink.ts"
import { oneFile } from "./oneFile.ts"
import { type Compress, PageCompressor } from "./PageCompressor.ts"
import { schemaElements } from "./ParquetSchema.ts"
import type { EndedGroup } from "./ParquetWriter.ts"
import type { RowFormat } from "./RowWriter.ts"
import { cannotWrite, type SinkError } from "./SinkError.ts"

/** How a Parquet file is compressed. */
export interface ParquetOptions {
  /** How pages are compressed: `zstd` at level 3 by default. */
  readonly codec?: "zstd" | "snappy" | "none"
}

/**
 * Writes all rows to one Parquet file, `path` relative to the run folder.
 *
 * Row groups of at most 10,000 rows or 100 MB, pages of 1 MiB, dictionaries where they pay and else texts behind all their lengths
 * (DELTA_LENGTH_BYTE_ARRAY), statistics and page indexes. The footer names the features for the Hugging Face loader; no Arrow
 * schema, since every reader gets the same types without. The same rows give the same bytes, however they were cut into batches.
 * Memory: two row groups, compressed, a page a leaf and 16 MiB of pages.
 */
export const parquet = (
  path: string,
  options: ParquetOptions = {}
): Sink<unknown, ReadonlyArray<WrittenFile>, SinkError, Run> =>
  oneFile("parquet", path, { path, codec: options.codec ?? "zstd" }, parquetFormat(options))

/** Parquet as a format that other sinks can write. */
export const parquetFormat = ({ codec = "zstd" }: ParquetOptions = {}): RowFormat => ({
  name: "parquet",
  extension: ".parquet",
  strictest: (columns) => {
    schemaElements(columns)
    return columns
  },
  open: Effect.fnUntraced(function* (columns, file) {
    const { ParquetWriter } = yield* Effect.promise(() => import("./ParquetWriter.ts"))
    const compressor = yield* PageCompressor.scoped(file.target, yield* compressOf(codec))
    const writer = new ParquetWriter(columns, codecNames[codec], compressor, (bytes) => file.append(bytes))
    /** The last row group while its pages are compressed. */
    let ended: EndedGroup | undefined
    const writeEnded = Effect.suspend(() => {
      if (ended === undefined) return Effect.void
      const group = ended
      ended = undefined
      return Effect.andThen(
        compressor.finished(group.store),
        Effect.try({ try: () => writer.writeGroup(group), catch: (cause) => cannotWrite(file.target, cause) })
      )
    })
    const endGroup = Effect.andThen(
      writeEnded,
      Effect.sync(() => {
        ended = writer.endGroup()
      })
    )
    return {
      add: (row) => {
        writer.add(row)
        return writer.groupIsFull || compressor.isFull
      },
      rawBytes: () => writer.rawBytes,
      flush: Effect.suspend(() => (writer.groupIsFull ? endGroup : compressor.room)),
      finish: Effect.gen(function* () {
        if (writer.groupHasRows) yield* endGroup
        yield* writeEnded
        yield* Effect.try({ try: () => writer.finish(), catch: (cause) => cannotWrite(file.target, cause) })
      })
    }
  })
})

const codecNames = { zstd: "ZSTD", snappy: "SNAPPY", none: "UNCOMPRESSED" } as const

const compressOf = Effect.fnUntraced(function* (codec: "zstd" | "snappy" | "none"): Effect.fn.Return<Compress> {
  if (codec === "zstd") return { kind: "zstd", level: 3 }
  if (codec === "none") return { kind: "direct", compress: (bytes) => bytes }
  const { snappyCompress } = yield* Effect.promise(() => import("hyparquet-writer/src/snappy.js"))
  return { kind: "direct", compress: snappyCompress }
})
