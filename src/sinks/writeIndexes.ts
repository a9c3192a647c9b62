import type { ByteWriter } from "hyparquet-writer"
import { serializeTCompactProtocol } from "hyparquet-writer/src/thrift.js"
import type { ColumnChunk, ColumnIndex, OffsetIndex } from "hyparquet"

/** The pages of a column chunk: where they are, and where their bounds are known and comparable, what is in them. */
export interface ChunkIndexes {
  /** Gets the places of its indexes. */
  readonly chunk: ColumnChunk
  readonly columnIndex?: ColumnIndex
  readonly offsetIndex: OffsetIndex
}

/**
 * Writes the page indexes of column chunks, first what the pages hold, then where they are.
 *
 * Chunks of one page get theirs too, some 50 bytes, which hyparquet-writer leaves out: DataFusion 48 refuses a file in which some chunks
 * have an offset index and others none.
 *
 * Source: https://github.com/apache/parquet-format/blob/master/PageIndex.md
 */
export const writeIndexes = (writer: ByteWriter, all: ReadonlyArray<ChunkIndexes>): void => {
  for (const { chunk, columnIndex: index } of all) {
    if (index === undefined) continue
    const start = writer.offset
    serializeTCompactProtocol(writer, {
      field_1: index.null_pages,
      field_2: index.min_values,
      field_3: index.max_values,
      field_4: orders.indexOf(index.boundary_order),
      field_5: index.null_counts
    })
    chunk.column_index_offset = BigInt(start)
    chunk.column_index_length = writer.offset - start
  }
  for (const { chunk, offsetIndex } of all) {
    const start = writer.offset
    serializeTCompactProtocol(writer, {
      field_1: offsetIndex.page_locations.map((page) => ({
        field_1: page.offset,
        field_2: page.compressed_page_size,
        field_3: page.first_row_index
      }))
    })
    chunk.offset_index_offset = BigInt(start)
    chunk.offset_index_length = writer.offset - start
  }
}

/** By their numbers in the format. */
const orders = ["UNORDERED", "ASCENDING", "DESCENDING"]
