import { Utf8Text } from "../Utf8Text.ts"
import { ByteBounds } from "./ByteBounds.ts"
import { nLength, ParquetDictionary } from "./ParquetDictionary.ts"
import { bitWidth, type Bounds, type Chunk, ParquetLeaf } from "./ParquetLeaf.ts"
import { runLengths } from "./runLengths.ts"

const maxDictionaryBytes = 1 << 20
const firstLook = 256

/**
 * Text as UTF-8, each value behind its length.
 *
 * A row group starts with a dictionary and keeps it when it at least halves the bytes. It is given up early when values hardly
 * repeat or it grows beyond 1 MiB. In dictionary mode `body` is the dictionary; otherwise it is the page.
 */
export class TextLeaf extends ParquetLeaf {
  #dictionary: ParquetDictionary | undefined = new ParquetDictionary()
  readonly #bounds = new ByteBounds()
  readonly #written = new Utf8Text()
  #dictionaryBounds: Bounds | undefined

  override add(given: string | Utf8Text, repetition: number): void {
    const dictionary = this.#dictionary
    let nBytes: number
    if (dictionary === undefined) {
      const start = this.nBody
      if (typeof given === "string") this.#append(given)
      else this.#appendBytes(given)
      this.#bounds.note(this.body, start + nLength, this.nBody)
      nBytes = this.nBody - start
    } else {
      const index = typeof given === "string" ? this.#indexOf(given, dictionary) : this.#indexOfBytes(given, dictionary)
      const { starts } = dictionary
      nBytes = (index + 1 < starts.length ? starts[index + 1]! : this.nBody) - starts[index]!
      dictionary.add(index, nBytes)
    }
    this.size.bytes += nBytes
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
    this.#dictionary = new ParquetDictionary()
    if (dictionary === undefined) return super.finish()
    const nEntries = dictionary.starts.length
    const nIndexBytes = (dictionary.nIndexes * bitWidth(nEntries)) / 8
    if (nEntries === 0 || 2 * (this.nBody + nIndexBytes) > dictionary.plainBytes) {
      this.#giveUp(dictionary)
      const chunk = super.finish()
      this.#dictionary = new ParquetDictionary()
      return chunk
    }
    return this.#finishDictionary(dictionary)
  }

  protected override takeBounds(): Bounds | undefined {
    const bounds = this.#dictionaryBounds ?? this.#bounds.take(this.body)
    this.#dictionaryBounds = undefined
    return bounds
  }

  #indexOf(value: string, dictionary: ParquetDictionary): number {
    const known = dictionary.indexOf(value)
    if (known !== undefined) return known
    // Written to see its bytes, and taken back when they are there already.
    const start = this.nBody
    this.#append(value)
    this.#written.set(this.body, start + nLength, this.nBody)
    const index = dictionary.find(this.#written, this.body, start)
    if (index === dictionary.starts.length) dictionary.starts.push(start)
    else this.nBody = start
    dictionary.keep(value, index)
    return index
  }

  #indexOfBytes(text: Utf8Text, dictionary: ParquetDictionary): number {
    const index = dictionary.find(text, this.body, this.nBody)
    if (index < dictionary.starts.length) return index
    dictionary.starts.push(this.nBody)
    this.#appendBytes(text)
    return index
  }

  #append(value: string): void {
    // UTF-8 takes at most three bytes for a UTF-16 unit; counting exactly is only worth it when that does not fit.
    const most = nLength + 3 * value.length
    if (this.nBody + most > this.body.length) this.reserve(nLength + Buffer.byteLength(value))
    const nBytes = this.body.write(value, this.nBody + nLength, "utf8")
    this.#putLength(nBytes)
    this.nBody += nBytes
  }

  #appendBytes({ buffer, end, start }: Utf8Text): void {
    const nBytes = end - start
    this.reserve(nLength + nBytes)
    this.#putLength(nBytes)
    buffer.copy(this.body, this.nBody, start, end)
    this.nBody += nBytes
  }

  #putLength(nBytes: number): void {
    const { body } = this
    body[this.nBody++] = nBytes
    body[this.nBody++] = nBytes >>> 8
    body[this.nBody++] = nBytes >>> 16
    body[this.nBody++] = nBytes >>> 24
  }

  /** Goes on without the dictionary: writes the values so far as pages. */
  #giveUp({ indexes, nIndexes, starts }: ParquetDictionary): void {
    this.#dictionary = undefined
    // Where each text stands once, they are in the order of the values, as in a page.
    if (nIndexes === starts.length) return this.#noteAll(starts)
    const { definitions, repetitions, nSlots, body: entries, nBody: nEntryBytes } = this
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
        this.#bounds.note(this.body, this.nBody + nLength, this.nBody + end - start)
        this.nBody += end - start
      }
      this.slot(repetitions[i]!, definitions[i]!)
    }
    this.compressor.giveBuffer(entries)
  }

  #noteAll(starts: ReadonlyArray<number>): void {
    for (let i = 0; i < starts.length; i++) {
      this.#bounds.note(this.body, starts[i]! + nLength, starts[i + 1] ?? this.nBody)
    }
  }

  #finishDictionary(dictionary: ParquetDictionary): Chunk {
    const { starts, indexes, nIndexes } = dictionary
    this.#noteAll(starts)
    this.#dictionaryBounds = this.#bounds.take(this.body)
    const body = this.compressor.submit(this.body, this.nBody)
    const page = { nEntries: starts.length, nBytes: this.nBody, body }
    const width = Math.max(1, bitWidth(starts.length - 1))
    const runs = runLengths(indexes.subarray(0, nIndexes), width)
    this.body = this.compressor.takeBuffer(1 + runs.length)
    this.nBody = 0
    this.reserve(1 + runs.length)
    this.body[0] = width
    this.body.set(runs, 1)
    this.nBody = 1 + runs.length
    this.cut("RLE_DICTIONARY")
    return { ...super.finish(), dictionary: page }
  }
}
