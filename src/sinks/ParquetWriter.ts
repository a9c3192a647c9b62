import type {
  ColumnChunk,
  ColumnMetaData,
  CompressionCodec,
  PageHeader,
  RowGroup,
  SchemaElement,
  Statistics
} from "hyparquet"
import { ByteWriter } from "hyparquet-writer"
import { writePageHeader } from "hyparquet-writer/src/datapage.js"
import { writeMetadata } from "hyparquet-writer/src/metadata.js"
import { unconvertMinMax } from "hyparquet-writer/src/unconvert.js"
import type { Column } from "../Columns.ts"
import { FixedRow, NumberSlot } from "./FixedRow.ts"
import type { PageCompressor } from "./PageCompressor.ts"
import type { Bound, Chunk, Page, ParquetLeaf, RawSize } from "./ParquetLeaf.ts"
import { BooleanLeaf, FloatLeaf, IntLeaf } from "./ParquetNumbers.ts"
import { huggingFaceFeatures, schemaElements } from "./ParquetSchema.ts"
import { type LeafTarget, type Shredder, shredder } from "./ParquetShredder.ts"
import { TextLeaf } from "./ParquetText.ts"
import type { PageStore } from "./PageStore.ts"
import type { CheckedRow } from "./RowWriter.ts"
import { type ChunkIndexes, writeIndexes } from "./writeIndexes.ts"

const maxGroupRows = 10_000
const maxGroupBytes = 100_000_000
const magic = 0x31524150
const flushBytes = 1 << 20

/** The footer of a file without rows, from "0 rows" over the list of row groups to the first key. */
const noRowGroups = Buffer.from("\x16\x00\x19\x00\x19\x1c\x18\x0bhuggingface", "latin1")

/** A row group whose pages are cut, but perhaps not compressed. */
export interface EndedGroup {
  readonly nRows: number
  readonly chunks: ReadonlyArray<Chunk>
  readonly store: PageStore
}

const leafClass = { string: TextLeaf, boolean: BooleanLeaf, int: IntLeaf, float: FloatLeaf }

/**
 * Writes rows as a Parquet file, one row group at a time.
 *
 * Values go straight into the pages of their leaf, so what is kept of a row group is compressed. A row group ends after
 * 10,000 rows or 100 MB before compression. Pages, levels and dictionaries are made here, which is twice as fast as the
 * library; page headers and the footer are the library's.
 */
export class ParquetWriter {
  readonly #columns: ReadonlyArray<Column>
  readonly #schema: Array<SchemaElement>
  readonly #codec: CompressionCodec
  readonly #compressor: PageCompressor
  readonly #append: (bytes: Uint8Array) => void
  readonly #shredders: ReadonlyArray<readonly [string, Shredder]>
  readonly #leaves: Array<ParquetLeaf> = []
  /** For each fixed row what adds it to the leaves, value by value. */
  readonly #steps = new Map<FixedRow, ReadonlyArray<() => void>>()
  readonly #size: RawSize = { bytes: 0 }
  readonly #groups: Array<RowGroup> = []
  readonly #indexes: Array<ChunkIndexes> = []
  readonly #out = new ByteWriter(2 * flushBytes)
  #nRows = 0
  #nGroupRows = 0
  #groupStart = 0

  constructor(
    columns: ReadonlyArray<Column>,
    codec: CompressionCodec,
    compressor: PageCompressor,
    append: (bytes: Uint8Array) => void
  ) {
    this.#columns = columns
    this.#schema = schemaElements(columns)
    this.#codec = codec
    this.#compressor = compressor
    this.#append = append
    this.#shredders = columns.map((column) => [
      column.name,
      shredder(column, (leaf) => {
        const made: ParquetLeaf = new leafClass[leaf.kind](leaf, this.#size, compressor)
        this.#leaves.push(made)
        return made
      })
    ])
    this.#out.appendUint32(magic)
  }

  /** Bytes of all rows so far before compression. */
  get rawBytes(): number {
    return this.#size.bytes
  }

  add(row: CheckedRow): void {
    if (row instanceof FixedRow) {
      const steps = this.#stepsOf(row)
      for (let i = 0; i < steps.length; i++) steps[i]!()
    } else {
      for (let i = 0; i < this.#shredders.length; i++) {
        const [name, column] = this.#shredders[i]!
        column.take(row[name], 0, 0)
      }
    }
    for (let i = 0; i < this.#leaves.length; i++) this.#leaves[i]!.endRow()
    this.#nGroupRows++
  }

  /** True when rows wait for the end of their row group. */
  get groupHasRows(): boolean {
    return this.#nGroupRows > 0
  }

  /** True when the row group is to be ended before the next row. */
  get groupIsFull(): boolean {
    return this.#nGroupRows >= maxGroupRows || this.#size.bytes - this.#groupStart >= maxGroupBytes
  }

  /** Cuts the last pages of the row group; `writeGroup` has to follow when they are compressed, in the order of the groups. */
  endGroup(): EndedGroup {
    const chunks = this.#leaves.map((leaf) => leaf.finish())
    const group = { nRows: this.#nGroupRows, chunks, store: this.#compressor.endGroup() }
    this.#nGroupRows = 0
    this.#groupStart = this.#size.bytes
    return group
  }

  /** Writes a row group that `endGroup` ended. */
  writeGroup({ chunks, nRows, store }: EndedGroup): void {
    const start = this.#out.offset
    const columns = chunks.map((chunk) => this.#writeChunk(chunk, store))
    const nBytes = columns.reduce((sum, column) => sum + column.meta_data!.total_uncompressed_size, 0n)
    this.#groups.push({
      columns,
      total_byte_size: nBytes,
      num_rows: BigInt(nRows),
      total_compressed_size: BigInt(this.#out.offset - start)
    })
    this.#compressor.giveStore(store)
    this.#nRows += nRows
  }

  /** Writes indexes and footer. */
  finish(): void {
    writeIndexes(this.#out, this.#indexes)
    this.#flush()
    writeMetadata(this.#out, {
      version: 2,
      created_by: "prefloom version 1",
      schema: this.#schema,
      num_rows: BigInt(this.#nRows),
      row_groups: this.#groups,
      key_value_metadata: [{ key: "huggingface", value: huggingFaceFeatures(this.#columns) }],
      metadata_length: 0
    })
    if (this.#groups.length === 0) this.#correctEmptyList()
    this.#out.appendUint32(magic)
    this.#flush()
  }

  /**
   * Gives the empty list of row groups its element type.
   *
   * hyparquet-writer 0.17 writes type 0 for the elements of an empty list, which parquet-rs refuses. An empty row group instead
   * would be refused by the Hugging Face loader.
   */
  #correctEmptyList(): void {
    const footer = Buffer.from(this.#out.buffer, 0, this.#out.index)
    const structType = 12
    const at = footer.lastIndexOf(noRowGroups)
    if (at >= 0) footer[at + 3] = structType
  }

  /** Takes a fixed row apart as any other, but keeps what would be added in place of adding it. */
  #stepsOf(row: FixedRow): ReadonlyArray<() => void> {
    const known = this.#steps.get(row)
    if (known !== undefined) return known
    const steps: Array<() => void> = []
    let nLeaves = 0
    const recorder = (): LeafTarget => {
      const leaf = this.#leaves[nLeaves++]!
      return {
        add: (value, repetition) =>
          steps.push(
            value instanceof NumberSlot ? () => leaf.add(value.value, repetition) : () => leaf.add(value, repetition)
          ),
        addMissing: (repetition, definition) => steps.push(() => leaf.addMissing(repetition, definition))
      }
    }
    for (const column of this.#columns) shredder(column, recorder).take(row[column.name], 0, 0)
    this.#steps.set(row, steps)
    return steps
  }

  #writeChunk({ leaf, pages, dictionary }: Chunk, store: PageStore): ColumnChunk {
    const start = this.#out.offset
    let nRaw = 0
    if (dictionary !== undefined) {
      nRaw += this.#writePage(
        {
          type: "DICTIONARY_PAGE",
          uncompressed_page_size: dictionary.nBytes,
          compressed_page_size: dictionary.body.end - dictionary.body.start,
          dictionary_page_header: { num_values: dictionary.nEntries, encoding: "PLAIN" }
        },
        [store.read(dictionary.body)]
      )
      nRaw += dictionary.nBytes
    }
    const dataStart = this.#out.offset
    const locations: Array<{ offset: bigint; compressed_page_size: number; first_row_index: bigint }> = []
    let nRowsBefore = 0
    for (const page of pages) {
      const pageStart = this.#out.offset
      nRaw += this.#writePage(dataPageHeader(page), [page.repetitions, page.definitions, store.read(page.body)])
      nRaw += page.repetitions.length + page.definitions.length + page.nBytes
      locations.push({
        offset: BigInt(pageStart),
        compressed_page_size: this.#out.offset - pageStart,
        first_row_index: BigInt(nRowsBefore)
      })
      nRowsBefore += page.nRows
    }
    const encoding = pages[0]?.encoding ?? "PLAIN"
    const metadata: ColumnMetaData = {
      type: leaf.element.type!,
      encodings: dictionary === undefined ? [encoding, "RLE"] : ["PLAIN", "RLE", encoding],
      path_in_schema: [...leaf.path],
      codec: this.#codec,
      num_values: BigInt(pages.reduce((sum, page) => sum + page.nSlots, 0)),
      total_compressed_size: BigInt(this.#out.offset - start),
      total_uncompressed_size: BigInt(nRaw),
      data_page_offset: BigInt(dataStart),
      statistics: statisticsOf(leaf.element, pages),
      encoding_stats: [
        ...(dictionary === undefined
          ? []
          : [{ page_type: "DICTIONARY_PAGE" as const, encoding: "PLAIN" as const, count: 1 }]),
        { page_type: "DATA_PAGE_V2", encoding, count: pages.length }
      ]
    }
    if (dictionary !== undefined) metadata.dictionary_page_offset = BigInt(start)
    const chunk: ColumnChunk = { file_offset: BigInt(start), meta_data: metadata }
    const columnIndex = columnIndexOf(leaf.element, pages)
    this.#indexes.push({
      chunk,
      offsetIndex: { page_locations: locations },
      ...(columnIndex === undefined ? {} : { columnIndex })
    })
    return chunk
  }

  /** Returns the size of the header. */
  #writePage(header: PageHeader, parts: ReadonlyArray<Uint8Array>): number {
    const start = this.#out.offset
    writePageHeader(this.#out, header)
    const nHeader = this.#out.offset - start
    for (const part of parts) this.#out.appendBytes(part)
    if (this.#out.index >= flushBytes) this.#flush()
    return nHeader
  }

  #flush(): void {
    this.#append(new Uint8Array(this.#out.buffer, 0, this.#out.index))
    this.#out.index = 0
  }
}

const dataPageHeader = (page: Page): PageHeader => {
  const nLevels = page.repetitions.length + page.definitions.length
  return {
    type: "DATA_PAGE_V2",
    uncompressed_page_size: nLevels + page.nBytes,
    compressed_page_size: nLevels + page.body.end - page.body.start,
    data_page_header_v2: {
      num_values: page.nSlots,
      num_nulls: page.nNulls,
      num_rows: page.nRows,
      encoding: page.encoding,
      definition_levels_byte_length: page.definitions.length,
      repetition_levels_byte_length: page.repetitions.length,
      is_compressed: true
    }
  }
}

/** Without bounds where a value is NaN: readers disagree on its place, and some would skip rows they have to read. */
const statisticsOf = (element: SchemaElement, pages: ReadonlyArray<Page>): Statistics => {
  let min: Bound | undefined
  let max: Bound | undefined
  let nNulls = 0
  let hasNaN = false
  for (const { bounds, ...page } of pages) {
    nNulls += page.nNulls
    if (bounds === undefined) continue
    hasNaN ||= bounds.hasNaN
    if (min === undefined || compareBounds(bounds.min, min) < 0) min = bounds.min
    if (max === undefined || compareBounds(bounds.max, max) > 0) max = bounds.max
  }
  const null_count = BigInt(nNulls)
  if (min === undefined || max === undefined || hasNaN) return { null_count }
  if (typeof min === "number" || typeof max === "number") return { null_count, min_value: min, max_value: max }
  // Cut here, not in the footer: until then a bound may be megabytes of text.
  const min_value = unconvertMinMax(min, element, false)!
  const max_value = unconvertMinMax(max, element, true)!
  return {
    null_count,
    min_value,
    max_value,
    ...(min_value.length < min.length ? { is_min_value_exact: false } : {}),
    ...(Buffer.compare(max_value, max) === 0 ? {} : { is_max_value_exact: false })
  }
}

const columnIndexOf = (element: SchemaElement, pages: ReadonlyArray<Page>): ChunkIndexes["columnIndex"] => {
  if (pages.some((page) => page.bounds?.hasNaN === true)) return undefined
  const bytesOf = (bound: Bound | undefined, isMax: boolean) =>
    unconvertMinMax(bound, element, isMax) ?? new Uint8Array()
  return {
    null_pages: pages.map((page) => page.bounds === undefined),
    min_values: pages.map((page) => bytesOf(page.bounds?.min, false)),
    max_values: pages.map((page) => bytesOf(page.bounds?.max, true)),
    boundary_order: "UNORDERED",
    null_counts: pages.map((page) => BigInt(page.nNulls))
  }
}

const compareBounds = (left: Bound, right: Bound): number =>
  typeof left === "number" || typeof right === "number" ? Number(left) - Number(right) : Buffer.compare(left, right)
