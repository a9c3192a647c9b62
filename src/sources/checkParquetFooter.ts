import type { FileMetaData } from "hyparquet"
import type { ColumnMetaData } from "hyparquet/src/types.js"
import { SourceError, sourceError } from "./SourceError.ts"
import type { SourceFile } from "./sourceFiles.ts"

/**
 * Checks the row counts and bounds in the footer of a Parquet file, so that reading a row group cannot leave the file.
 *
 * Gives the first row of each row group and, at the end, the number of rows. May throw for a footer that lacks a part.
 */
export const checkParquetFooter = (file: SourceFile, metadata: FileMetaData): ReadonlyArray<number> | SourceError => {
  const end = BigInt(file.bytes - 8 - metadata.metadata_length)
  const starts = [0]
  for (const [group, { columns, num_rows: nRows }] of metadata.row_groups.entries()) {
    const place = `row group ${group + 1}`
    if (nRows < 0n) return sourceError(file.name, `${nRows} rows`, "0 or more", { place })
    starts.push(starts.at(-1)! + Number(nRows))
    for (const { meta_data: chunk } of columns) {
      const problem =
        chunk === undefined
          ? sourceError(file.name, "a column in another file", "all columns in one file", { place })
          : checkChunk(file, chunk, end, place)
      if (problem !== undefined) return problem
    }
  }
  const nRows = starts.at(-1)!
  return nRows === Number(metadata.num_rows)
    ? starts
    : sourceError(file.name, `${nRows} rows in the row groups`, `${metadata.num_rows}, as the footer says`)
}

const checkChunk = (file: SourceFile, chunk: ColumnMetaData, end: bigint, place: string): SourceError | undefined => {
  const start = chunkStart(chunk)
  const nBytes = chunk.total_compressed_size
  if (start >= 4n && nBytes >= 0n && start + nBytes <= end) return undefined
  const column = chunk.path_in_schema.join(".")
  const found = `a column at byte ${start} with ${nBytes} bytes`
  return sourceError(file.name, found, `one that ends before byte ${end}`, { place, column })
}

/** The first byte of a column chunk. Some writers store an offset of 0 for a dictionary that is not there. */
export const chunkStart = (chunk: ColumnMetaData): bigint => chunk.dictionary_page_offset || chunk.data_page_offset
