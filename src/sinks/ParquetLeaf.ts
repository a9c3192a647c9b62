import { type PageCompressor, powerOfTwo } from "./PageCompressor.ts"
import type { Place } from "./PageStore.ts"
import type { Leaf } from "./ParquetSchema.ts"
import { runLengths } from "./runLengths.ts"

/** A bound of the values of a page as the statistics hold it; text is UTF-8. */
export type Bound = number | Uint8Array

/** A data page; `body` is its place in the store, and known once the compressor is finished. */
export interface Page {
  readonly nSlots: number
  readonly nNulls: number
  readonly nRows: number
  readonly encoding: "PLAIN" | "DELTA_LENGTH_BYTE_ARRAY" | "RLE_DICTIONARY"
  readonly repetitions: Uint8Array
  readonly definitions: Uint8Array
  readonly nBytes: number
  readonly bounds: Bounds | undefined
  readonly body: Place
}

/** Smallest and largest value. `hasNaN` says that no bound holds, because readers disagree about where NaN is sorted. */
export interface Bounds {
  readonly min: Bound
  readonly max: Bound
  readonly hasNaN: boolean
}

/** The distinct values of a column chunk, which its pages refer to by index. */
export interface DictionaryPage {
  readonly nEntries: number
  readonly nBytes: number
  readonly body: Place
}

/** All values of one leaf in one row group. */
export interface Chunk {
  readonly leaf: Leaf
  readonly pages: ReadonlyArray<Page>
  readonly dictionary: DictionaryPage | undefined
}

/** Bytes of rows so far as they are before compression, over all leaves of a file. */
export interface RawSize {
  bytes: number
}

/** Bytes of values from which on a page ends with its row. */
export const pageBytes = 1 << 20
const maxPageBytes = 2 ** 31 - 1
const nothing = new Uint8Array()

/**
 * Gathers the values of one leaf and cuts them into pages of about 1 MiB, at row borders.
 *
 * A slot is a place for a value: it holds a definition level, a repetition level and, when the definition level is the
 * deepest, a value. Where pages are cut depends on the rows of the row group alone.
 */
export abstract class ParquetLeaf {
  readonly leaf: Leaf
  protected readonly size: RawSize
  protected readonly compressor: PageCompressor
  protected body: Buffer = Buffer.allocUnsafeSlow(1024)
  protected nBody = 0
  protected definitions = new Uint8Array(256)
  protected repetitions = new Uint8Array(256)
  protected nSlots = 0
  protected pages: Array<Page> = []

  constructor(leaf: Leaf, size: RawSize, compressor: PageCompressor) {
    this.leaf = leaf
    this.size = size
    this.compressor = compressor
  }

  /** Adds a value that is there. */
  abstract add(value: unknown, repetition: number): void

  /** Bounds of the values in `body`; `undefined` when there is none. */
  protected abstract takeBounds(): Bounds | undefined

  /** Adds a slot whose value, or something around it, is missing. */
  addMissing(repetition: number, definition: number): void {
    this.size.bytes += 1
    this.slot(repetition, definition)
  }

  /** Called after each row. */
  endRow(): void {
    if (this.nBody >= pageBytes) this.cut()
  }

  /** Ends the row group. */
  finish(): Chunk {
    if (this.nSlots > 0) this.cut()
    const chunk = { leaf: this.leaf, pages: this.pages, dictionary: undefined }
    this.pages = []
    return chunk
  }

  protected slot(repetition: number, definition: number): void {
    if (this.nSlots === this.definitions.length) {
      this.definitions = grown(this.definitions)
      this.repetitions = grown(this.repetitions)
    }
    this.definitions[this.nSlots] = definition
    this.repetitions[this.nSlots] = repetition
    this.nSlots++
  }

  /** Makes sure that `nMore` bytes fit behind what the body holds. */
  protected reserve(nMore: number): void {
    if (this.nBody + nMore <= this.body.length) return
    const larger = Buffer.allocUnsafeSlow(powerOfTwo(Math.max(2 * this.body.length, this.nBody + nMore)))
    this.body.copy(larger, 0, 0, this.nBody)
    this.compressor.giveBuffer(this.body)
    this.body = larger
  }

  /** Makes a page of what was gathered since the last one. */
  protected cut(encoding: Page["encoding"] = "PLAIN"): void {
    if (this.nBody > maxPageBytes) {
      throw new Error(
        `Cannot write Parquet: found a row with ${this.nBody} bytes in "${this.leaf.path.join(".")}", expected less than 2 GiB`
      )
    }
    const { maxDefinition, maxRepetition } = this.leaf
    const repetitions = this.repetitions.subarray(0, this.nSlots)
    const definitions = this.definitions.subarray(0, this.nSlots)
    const page: Page = {
      nSlots: this.nSlots,
      nNulls: maxDefinition === 0 ? 0 : countBelow(definitions, maxDefinition),
      nRows: maxRepetition === 0 ? this.nSlots : countBelow(repetitions, 1),
      encoding,
      repetitions: encodeLevels(repetitions, maxRepetition),
      definitions: encodeLevels(definitions, maxDefinition),
      nBytes: this.nBody,
      bounds: this.takeBounds(),
      body: this.compressor.submit(this.body, this.nBody)
    }
    this.pages.push(page)
    this.body = this.compressor.takeBuffer(this.body.length)
    this.nBody = 0
    this.nSlots = 0
  }
}

/** A copy of a full array with twice the room. */
export const grown = <A extends Uint8Array | Int32Array>(array: A): A => {
  const larger = new (array.constructor as new (length: number) => A)(array.length * 2)
  larger.set(array)
  return larger
}

const countBelow = (levels: Uint8Array, limit: number): number => {
  let count = 0
  for (let i = 0; i < levels.length; i++) if (levels[i]! < limit) count++
  return count
}

const encodeLevels = (levels: Uint8Array, maxLevel: number): Uint8Array =>
  maxLevel === 0 ? nothing : runLengths(levels, bitWidth(maxLevel))

/** Bits that hold 0 to `largest`. */
export const bitWidth = (largest: number): number => 32 - Math.clz32(largest)
