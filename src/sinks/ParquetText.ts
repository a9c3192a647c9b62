import { ByteWriter } from "hyparquet-writer"
import { deltaBinaryPack } from "hyparquet-writer/src/delta.js"
import { Utf8Text } from "../Utf8Text.ts"
import { ByteBounds } from "./ByteBounds.ts"
import { ParquetDictionary } from "./ParquetDictionary.ts"
import { bitWidth, type Bounds, type Chunk, type DictionaryPage, grown, pageBytes, ParquetLeaf } from "./ParquetLeaf.ts"
import { runLengths } from "./runLengths.ts"

const maxDictionaryBytes = 1 << 20
const firstLook = 256

/** Bytes of a length that is not packed. */
const nLength = 4

/**
 * Text as UTF-8: in a page all lengths, packed, before all texts, which gives zstd less to look at than lengths in between.
 *
 * A row group starts with a dictionary and keeps it when it at least halves the bytes. It is given up early when values hardly
 * repeat or it grows beyond 1 MiB. In dictionary mode `body` has each text once; otherwise those of the page.
 */
export class TextLeaf extends ParquetLeaf {
  #dictionary: ParquetDictionary | undefined = new ParquetDictionary()
  readonly #bounds = new ByteBounds()
  readonly #written = new Utf8Text()
  /** Of the page that is cut next. */
  #takenBounds: Bounds | undefined
  /** Of the texts of the page. */
  #lengths = new Int32Array(256)
  #nTexts = 0
  readonly #packed = new ByteWriter()

  override add(given: string | Utf8Text, repetition: number): void {
    const dictionary = this.#dictionary
    let nBytes: number
    if (dictionary === undefined) {
      const start = this.nBody
      if (typeof given === "string") this.#append(given)
      else this.#appendBytes(given)
      nBytes = this.nBody - start
      this.#noteText(start, this.nBody)
    } else {
      const index = typeof given === "string" ? this.#indexOf(given, dictionary) : this.#indexOfBytes(given, dictionary)
      const { starts } = dictionary
      nBytes = (index + 1 < starts.length ? starts[index + 1]! : this.nBody) - starts[index]!
      dictionary.add(index, nLength + nBytes)
    }
    this.size.bytes += nLength + nBytes
    this.slot(repetition, this.leaf.maxDefinition)
  }

  override endRow(): void {
    const dictionary = this.#dictionary
    if (dictionary !== undefined) {
      const nBytes = this.#dictionaryBytes(dictionary)
      const hardlyRepeats = dictionary.nIndexes >= firstLook && nBytes > 0.9 * dictionary.plainBytes
      if (!hardlyRepeats && nBytes <= maxDictionaryBytes) return
      this.#giveUp(dictionary)
    }
    this.#cutIfFull()
  }

  override finish(): Chunk {
    const dictionary = this.#dictionary
    this.#dictionary = new ParquetDictionary()
    if (dictionary === undefined) return super.finish()
    const nEntries = dictionary.starts.length
    const nIndexBytes = (dictionary.nIndexes * bitWidth(nEntries)) / 8
    if (nEntries === 0 || 2 * (this.#dictionaryBytes(dictionary) + nIndexBytes) > dictionary.plainBytes) {
      this.#giveUp(dictionary)
      const chunk = super.finish()
      this.#dictionary = new ParquetDictionary()
      return chunk
    }
    return this.#finishDictionary(dictionary)
  }

  protected override takeBounds(): Bounds | undefined {
    const bounds = this.#takenBounds
    this.#takenBounds = undefined
    return bounds
  }

  /** Puts the lengths before the texts. */
  protected override cut(): void {
    this.#takenBounds = this.#bounds.take(this.body)
    const packed = this.#packed
    deltaBinaryPack(packed, this.#lengths.subarray(0, this.#nTexts), "INT32")
    const nPacked = packed.index
    this.reserve(nPacked)
    this.body.copyWithin(nPacked, 0, this.nBody)
    this.body.set(new Uint8Array(packed.buffer, 0, nPacked))
    this.nBody += nPacked
    packed.index = 0
    this.#nTexts = 0
    super.cut("DELTA_LENGTH_BYTE_ARRAY")
  }

  /** What the dictionary page takes. */
  #dictionaryBytes({ starts }: ParquetDictionary): number {
    return nLength * starts.length + this.nBody
  }

  #cutIfFull(): void {
    if (this.nBody + nLength * this.#nTexts >= pageBytes) this.cut()
  }

  /** Notes the text between two places of the body as one of the page. */
  #noteText(start: number, end: number): void {
    this.#bounds.note(this.body, start, end)
    if (this.#nTexts === this.#lengths.length) this.#lengths = grown(this.#lengths)
    this.#lengths[this.#nTexts++] = end - start
  }

  #indexOf(value: string, dictionary: ParquetDictionary): number {
    const known = dictionary.indexOf(value)
    if (known !== undefined) return known
    // Written to see its bytes, and taken back when they are there already.
    const start = this.nBody
    this.#append(value)
    this.#written.set(this.body, start, this.nBody)
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
    if (this.nBody + 3 * value.length > this.body.length) this.reserve(Buffer.byteLength(value))
    this.nBody += this.body.write(value, this.nBody, "utf8")
  }

  #appendBytes({ buffer, end, start }: Utf8Text): void {
    this.reserve(end - start)
    this.nBody += buffer.copy(this.body, this.nBody, start, end)
  }

  /** Goes on without the dictionary: writes the values so far as pages. */
  #giveUp({ indexes, nIndexes, starts }: ParquetDictionary): void {
    this.#dictionary = undefined
    // Where each text stands once, they are in the order of the values, as in a page.
    if (nIndexes === starts.length) {
      for (let i = 0; i < nIndexes; i++) this.#noteText(starts[i]!, starts[i + 1] ?? this.nBody)
      return
    }
    const { definitions, repetitions, nSlots, body: entries, nBody: nEntryBytes } = this
    this.definitions = new Uint8Array(definitions.length)
    this.repetitions = new Uint8Array(repetitions.length)
    this.nSlots = 0
    this.body = this.compressor.takeBuffer(entries.length)
    this.nBody = 0
    let next = 0
    for (let i = 0; i < nSlots; i++) {
      if (repetitions[i] === 0) this.#cutIfFull()
      if (definitions[i] === this.leaf.maxDefinition) {
        const index = indexes[next++]!
        const start = starts[index]!
        const end = starts[index + 1] ?? nEntryBytes
        this.reserve(end - start)
        entries.copy(this.body, this.nBody, start, end)
        this.nBody += end - start
        this.#noteText(this.nBody + start - end, this.nBody)
      }
      this.slot(repetitions[i]!, definitions[i]!)
    }
    this.compressor.giveBuffer(entries)
  }

  #finishDictionary(dictionary: ParquetDictionary): Chunk {
    const { indexes, nIndexes, starts } = dictionary
    const page = this.#submitEntries(dictionary)
    const width = Math.max(1, bitWidth(starts.length - 1))
    const runs = runLengths(indexes.subarray(0, nIndexes), width)
    this.nBody = 0
    this.reserve(1 + runs.length)
    this.body[0] = width
    this.body.set(runs, 1)
    this.nBody = 1 + runs.length
    super.cut("RLE_DICTIONARY")
    return { ...super.finish(), dictionary: page }
  }

  /** Makes a page of the entries, each behind its length, which is all that a dictionary may be. */
  #submitEntries(dictionary: ParquetDictionary): DictionaryPage {
    const { starts } = dictionary
    const nBytes = this.#dictionaryBytes(dictionary)
    const page = this.compressor.takeBuffer(nBytes)
    let at = 0
    for (let i = 0; i < starts.length; i++) {
      const start = starts[i]!
      const end = starts[i + 1] ?? this.nBody
      this.#bounds.note(this.body, start, end)
      at = page.writeInt32LE(end - start, at)
      at += this.body.copy(page, at, start, end)
    }
    this.#takenBounds = this.#bounds.take(this.body)
    return { nEntries: starts.length, nBytes, body: this.compressor.submit(page, nBytes) }
  }
}
