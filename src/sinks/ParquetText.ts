import { ByteWriter } from "hyparquet-writer"
import { writeRleBitPackedHybrid } from "hyparquet-writer/src/encoding.js"
import type { Utf8Text } from "../Utf8Text.ts"
import { ByteBounds } from "./ByteBounds.ts"
import { bitWidth, type Bounds, type Chunk, grown, ParquetLeaf } from "./ParquetLeaf.ts"

/** Distinct values of a row group: each once, encoded as the dictionary page has them. */
interface Dictionary {
  readonly indexOf: Map<string, number>
  readonly starts: Array<number>
  indexes: Int32Array
  nIndexes: number
  /** What the values would take without a dictionary. */
  plainBytes: number
}

const maxDictionaryBytes = 1 << 20
const firstLook = 256

/**
 * Text as UTF-8, each value behind its length.
 *
 * A row group starts with a dictionary and keeps it when it at least halves the bytes. It is given up early when values hardly
 * repeat or it grows beyond 1 MiB. In dictionary mode `body` is the dictionary; otherwise it is the page.
 */
export class TextLeaf extends ParquetLeaf {
  #dictionary: Dictionary | undefined = emptyDictionary()
  readonly #bounds = new ByteBounds()
  #dictionaryBounds: Bounds | undefined

  override add(given: string | Utf8Text, repetition: number): void {
    const dictionary = this.#dictionary
    if (dictionary === undefined) {
      const start = this.nBody
      if (typeof given === "string") this.#append(given)
      else this.#appendBytes(given)
      this.#bounds.note(this.body, start + 4, this.nBody)
      this.size.bytes += this.nBody - start
      this.slot(repetition, this.leaf.maxDefinition)
      return
    }
    const value = typeof given === "string" ? given : given.toString()
    let index = dictionary.indexOf.get(value)
    if (index === undefined) {
      index = dictionary.indexOf.size
      dictionary.indexOf.set(value, index)
      dictionary.starts.push(this.nBody)
      this.#append(value)
    }
    const nBytes = (dictionary.starts[index + 1] ?? this.nBody) - dictionary.starts[index]!
    dictionary.plainBytes += nBytes
    this.size.bytes += nBytes
    if (dictionary.nIndexes === dictionary.indexes.length) dictionary.indexes = grown(dictionary.indexes)
    dictionary.indexes[dictionary.nIndexes++] = index
    this.slot(repetition, this.leaf.maxDefinition)
  }

  override endRow(): void {
    const dictionary = this.#dictionary
    if (dictionary === undefined) return super.endRow()
    const hardlyRepeats = dictionary.nIndexes >= firstLook && this.nBody > 0.9 * dictionary.plainBytes
    if (!hardlyRepeats && this.nBody <= maxDictionaryBytes) return
    this.#giveUp(dictionary)
    super.endRow()
  }

  override finish(): Chunk {
    const dictionary = this.#dictionary
    this.#dictionary = emptyDictionary()
    if (dictionary === undefined) return super.finish()
    const nEntries = dictionary.starts.length
    const nIndexBytes = (dictionary.nIndexes * bitWidth(nEntries)) / 8
    if (nEntries === 0 || 2 * (this.nBody + nIndexBytes) > dictionary.plainBytes) {
      this.#giveUp(dictionary)
      const chunk = super.finish()
      this.#dictionary = emptyDictionary()
      return chunk
    }
    return this.#finishDictionary(dictionary)
  }

  protected override takeBounds(): Bounds | undefined {
    const bounds = this.#dictionaryBounds ?? this.#bounds.take(this.body)
    this.#dictionaryBounds = undefined
    return bounds
  }

  #append(value: string): void {
    // UTF-8 takes at most three bytes for a UTF-16 unit; counting exactly is only worth it when that does not fit.
    const most = 4 + 3 * value.length
    if (this.nBody + most > this.body.length) this.reserve(4 + Buffer.byteLength(value))
    const nBytes = this.body.write(value, this.nBody + 4, "utf8")
    this.body.writeUInt32LE(nBytes, this.nBody)
    this.nBody += 4 + nBytes
  }

  #appendBytes({ buffer, end, start }: Utf8Text): void {
    const nBytes = end - start
    this.reserve(4 + nBytes)
    this.body.writeUInt32LE(nBytes, this.nBody)
    buffer.copy(this.body, this.nBody + 4, start, end)
    this.nBody += 4 + nBytes
  }

  /** Goes on without the dictionary: writes the values so far as pages. */
  #giveUp(dictionary: Dictionary): void {
    this.#dictionary = undefined
    const { definitions, repetitions, nSlots, body: entries, nBody: nEntryBytes } = this
    const { starts, indexes } = dictionary
    this.definitions = new Uint8Array(definitions.length)
    this.repetitions = new Uint8Array(repetitions.length)
    this.nSlots = 0
    this.body = this.compressor.takeBuffer(entries.length)
    this.nBody = 0
    let next = 0
    for (let i = 0; i < nSlots; i++) {
      if (repetitions[i] === 0) super.endRow()
      if (definitions[i] === this.leaf.maxDefinition) {
        const index = indexes[next++]!
        const start = starts[index]!
        const end = starts[index + 1] ?? nEntryBytes
        this.reserve(end - start)
        entries.copy(this.body, this.nBody, start, end)
        this.#bounds.note(this.body, this.nBody + 4, this.nBody + end - start)
        this.nBody += end - start
      }
      this.slot(repetitions[i]!, definitions[i]!)
    }
    this.compressor.giveBuffer(entries)
  }

  #finishDictionary(dictionary: Dictionary): Chunk {
    const { starts, indexes, nIndexes } = dictionary
    for (let i = 0; i < starts.length; i++) this.#bounds.note(this.body, starts[i]! + 4, starts[i + 1] ?? this.nBody)
    this.#dictionaryBounds = this.#bounds.take(this.body)
    const body = this.compressor.submit(this.body, this.nBody)
    const page = { nEntries: starts.length, nBytes: this.nBody, body }
    const writer = new ByteWriter(1 + nIndexes)
    const width = Math.max(1, bitWidth(starts.length - 1))
    writer.appendUint8(width)
    writeRleBitPackedHybrid(writer, indexes.subarray(0, nIndexes), width)
    this.body = this.compressor.takeBuffer(1024)
    this.nBody = 0
    this.reserve(writer.index)
    this.body.set(writer.getBytes())
    this.nBody = writer.index
    this.cut("RLE_DICTIONARY")
    return { ...super.finish(), dictionary: page }
  }
}

const emptyDictionary = (): Dictionary => ({
  indexOf: new Map(),
  starts: [],
  indexes: new Int32Array(256),
  nIndexes: 0,
  plainBytes: 0
})
