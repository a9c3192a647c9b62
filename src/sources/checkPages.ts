import * as zlib from "node:zlib"
import type { ColumnMetaData } from "hyparquet/src/types.js"
import type { parquetHeader } from "hyparquet/src/column.js"

/** Says what is wrong with the pages of one column chunk, or `undefined`. Page sizes and, where given, checksums are checked. */
export const checkPages = (
  chunk: DataView<ArrayBuffer>,
  { num_values: nValues }: Pick<ColumnMetaData, "num_values">,
  readHeader: typeof parquetHeader
): string | undefined => {
  const reader = { view: chunk, offset: 0 }
  // The last byte of a chunk may be padding, which the reader of the values leaves alone too.
  for (let page = 1; reader.offset < chunk.byteLength - 1; page++) {
    const header = readHeader(reader)
    const size = header.compressed_page_size
    if (!(size >= 0 && reader.offset + size <= chunk.byteLength))
      return `page ${page} has ${size} bytes, more than its column`
    if (!(header.uncompressed_page_size >= 0))
      return `page ${page} has ${header.uncompressed_page_size} uncompressed bytes`
    const count = header.data_page_header?.num_values ?? header.data_page_header_v2?.num_values ?? 0
    if (!(count >= 0 && BigInt(count) <= nValues)) return `page ${page} has ${count} values, its column ${nValues}`
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset + reader.offset, size)
    if (header.crc !== undefined && zlib.crc32(bytes) !== header.crc >>> 0) return `page ${page} has a wrong checksum`
    reader.offset += size
  }
  return undefined
}
