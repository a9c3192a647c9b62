import type * as fs from "node:fs"
import * as zlib from "node:zlib"
import type { AsyncBuffer, Compressors, FileMetaData, RowGroup, SchemaTree } from "hyparquet"
import type { ColumnMetaData, ParquetParsers } from "hyparquet/src/types.js"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { checkParquetFooter, chunkStart } from "./checkParquetFooter.ts"
import { checkPages } from "./checkPages.ts"
import { magicLength, magicName, magicOf } from "./FileFormat.ts"
import { openFile, readBytes } from "./openFile.ts"
import { plainElement } from "./ParquetTypes.ts"
import { SourceError, sourceError } from "./SourceError.ts"
import { readFailure, type SourceFile } from "./sourceFiles.ts"
import { textOf } from "./textOf.ts"

/** An open Parquet file whose footer has been read and checked. */
export interface ParquetFile {
  readonly file: SourceFile
  readonly metadata: FileMetaData
  readonly schema: SchemaTree
  /** The first row of each row group, and the number of rows at the end. */
  readonly starts: ReadonlyArray<number>
  /** Decodes the first rows (default: all) of a column in the row group of this index; all that goes wrong is a `SourceError`. */
  readonly readColumn: (group: number, column: string, nRows?: number) => Effect.Effect<ArrayLike<unknown>, SourceError>
}

const atMost = (length: number) => ({ maxOutputLength: Math.max(1, length) })

/** Codecs that are built into Node; Snappy comes with the reader. No page may be longer than its header says. */
const compressors: Compressors = {
  GZIP: (bytes, length) => zlib.gunzipSync(bytes, atMost(length)),
  ZSTD: (bytes, length) => zlib.zstdDecompressSync(bytes, atMost(length)),
  BROTLI: (bytes, length) => zlib.brotliDecompressSync(bytes, atMost(length))
}

const codecs = ["UNCOMPRESSED", "SNAPPY", ...Object.keys(compressors)]

/**
 * Opens a Parquet file until the scope ends: reads the footer and checks that what it points at lies inside the file.
 *
 * Column chunks are read when asked for; sizes and checksums of their pages are checked first. Text that is not UTF-8 comes out
 * as `invalidText`, 64-bit integers as bigints, and dates, times and decimals as the numbers or bytes by which they are stored.
 */
export const openParquet = (file: SourceFile): Effect.Effect<ParquetFile, SourceError, Scope.Scope> =>
  Effect.gen(function* () {
    const { parquetMetadataAsync, parquetScan, parquetSchema } = yield* Effect.promise(() => import("hyparquet"))
    const { parquetHeader } = yield* Effect.promise(() => import("hyparquet/src/column.js"))
    const handle = yield* openFile(file)
    const slice = (start: number, end: number = file.bytes): Promise<ArrayBuffer> =>
      handle
        .read(Buffer.allocUnsafeSlow(end - start), 0, end - start, start)
        .then(({ buffer, bytesRead }) =>
          bytesRead === end - start ? buffer.buffer : Promise.reject(new Error(`${bytesRead} of ${end - start} bytes`))
        )
    yield* checkMagic(file, handle)
    const metadata = yield* Effect.tryPromise({
      try: () => parquetMetadataAsync({ byteLength: file.bytes, slice }, { parsers, geoparquet: false }),
      catch: (cause) => decodeFailure(file, cause, { place: "the footer" })
    })
    const { schema, starts } = yield* Effect.try({
      try: () => ({ schema: parquetSchema(metadata), starts: checkParquetFooter(file, metadata) }),
      catch: (cause) => decodeFailure(file, cause, { place: "the footer" })
    })
    if (starts instanceof SourceError) return yield* starts
    const plain = { ...metadata, schema: metadata.schema.map(plainElement) }
    return {
      file,
      metadata,
      schema,
      starts,
      readColumn: (group, column, nRows) =>
        Effect.gen(function* () {
          const where = { place: `row group ${group + 1}`, column }
          const chunks = chunksOf(metadata.row_groups[group]!, column)
          for (const { codec } of chunks) {
            if (codecs.includes(codec)) continue
            const wanted = `one of ${codecs.join(", ")}; write the file again with one of these`
            return yield* sourceError(file.name, `the compression ${codec}`, wanted, where)
          }
          const checked: AsyncBuffer = {
            byteLength: file.bytes,
            slice: (start, end) => slice(start, end).then((bytes) => checkChunks(chunks, start, bytes, parquetHeader))
          }
          const range = {
            rowStart: starts[group]!,
            rowEnd: Math.min(starts[group + 1]!, starts[group]! + (nRows ?? Infinity))
          }
          const options = { file: checked, metadata: plain, columns: [column], ...range, compressors, parsers }
          const values = yield* Effect.tryPromise({
            try: () => parquetScan(options).then((scan) => scan.readColumn({ column, ...range })),
            catch: (cause) => decodeFailure(file, cause, where)
          })
          const nGroup = range.rowEnd - range.rowStart
          if (values.length === nGroup) return values
          return yield* sourceError(file.name, `${values.length} values`, `${nGroup}, as the footer says`, where)
        })
    }
  })

const parsers: Partial<ParquetParsers> = {
  timestampFromNanoseconds: (nanoseconds) => nanoseconds,
  stringFromBytes: (bytes) => bytes && textOf(bytes),
  jsonFromBytes: (bytes) => bytes && textOf(bytes)
}

const checkMagic = (file: SourceFile, handle: fs.promises.FileHandle): Effect.Effect<void, SourceError> =>
  Effect.gen(function* () {
    const magic = magicOf(yield* readBytes(file, handle, 0, magicLength))
    if (magic !== "parquet") return yield* sourceError(file.name, magicName(magic), "a Parquet file")
    const end = Math.max(0, file.bytes - 4)
    const tail = yield* readBytes(file, handle, end, 4)
    if (file.bytes >= 12 && tail.toString("latin1") === "PAR1") return undefined
    const found = 'no "PAR1" at the end, so the file is cut off'
    return yield* sourceError(file.name, found, "a complete Parquet file", { place: `byte ${end}` })
  })

const chunksOf = (group: RowGroup, column: string): ReadonlyArray<ColumnMetaData> =>
  group.columns.flatMap(({ meta_data: chunk }) => (chunk?.path_in_schema[0] === column ? [chunk] : []))

/** Checks the column chunks that lie inside a piece of the file, and gives the piece. */
const checkChunks = (
  chunks: ReadonlyArray<ColumnMetaData>,
  start: number,
  bytes: ArrayBuffer,
  readHeader: Parameters<typeof checkPages>[2]
): ArrayBuffer | Promise<ArrayBuffer> => {
  for (const chunk of chunks) {
    const from = Number(chunkStart(chunk)) - start
    const nBytes = Number(chunk.total_compressed_size)
    if (from < 0 || from + nBytes > bytes.byteLength) continue
    const problem = checkPages(new DataView(bytes, from, nBytes), chunk, readHeader)
    if (problem !== undefined) return Promise.reject(new Error(problem))
  }
  return bytes
}

const decodeFailure = (
  file: SourceFile,
  cause: unknown,
  where: { readonly place: string; readonly column?: string }
): SourceError => {
  if ((cause as NodeJS.ErrnoException).syscall !== undefined) return readFailure(file.name, cause, where.place)
  const reason = cause instanceof Error ? cause.message : String(cause)
  return sourceError(file.name, `damaged data (${reason})`, "a Parquet file that can be decoded", where)
}
