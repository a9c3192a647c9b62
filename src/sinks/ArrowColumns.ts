import * as Arrow from "apache-arrow"
import { type ColumnType, ownValue } from "../Columns.ts"

/**
 * Gathers the values of one column of a record batch in Arrow's own layout.
 *
 * Buffers are used again for the next batch: what `take` returns is valid until the next `add`.
 */
export abstract class ArrowColumn {
  protected nSlots = 0
  #nNulls = 0
  #validity = new Uint8Array(64)

  /** Adds a value; null and undefined are missing. Returns about how many bytes it takes. */
  add(value: unknown): number {
    const isThere = value !== null && value !== undefined
    setBit((this.#validity = withRoom(this.#validity, (this.nSlots >> 3) + 1)), this.nSlots, isThere)
    if (!isThere) this.#nNulls++
    const nBytes = isThere ? this.addValue(value) : this.addPlaceholder()
    this.nSlots++
    return nBytes
  }

  /** Adds a slot that nobody may look at, because something above it is missing. */
  addUnseen(): number {
    setBit((this.#validity = withRoom(this.#validity, (this.nSlots >> 3) + 1)), this.nSlots, true)
    const nBytes = this.addPlaceholder()
    this.nSlots++
    return nBytes
  }

  /** The values so far; the column is then empty. */
  take(type: Arrow.DataType): Arrow.Data {
    const data = this.makeData(type, {
      length: this.nSlots,
      nullCount: this.#nNulls,
      ...(this.#nNulls === 0 ? {} : { nullBitmap: this.#validity.subarray(0, (this.nSlots + 7) >> 3) })
    })
    this.nSlots = 0
    this.#nNulls = 0
    return data
  }

  protected abstract addValue(value: unknown): number
  protected abstract addPlaceholder(): number
  protected abstract makeData(type: Arrow.DataType, common: Common): Arrow.Data
}

interface Common {
  readonly length: number
  readonly nullCount: number
  readonly nullBitmap?: Uint8Array
}

/** Makes the column for a type. */
export const arrowColumn = (type: ColumnType): ArrowColumn => {
  switch (type.kind) {
    case "string":
      return new TextColumn()
    case "boolean":
      return new BooleanColumn()
    case "int":
      return new IntColumn()
    case "float":
      return new FloatColumn()
    case "list":
      return new ListColumn(arrowColumn(type.element))
    case "struct":
      return new StructColumn(type.fields.map((field) => [field.name, arrowColumn(field.type)]))
  }
}

const setBit = (bits: Uint8Array, index: number, value: boolean): void => {
  if (value) bits[index >> 3]! |= 1 << (index & 7)
  else bits[index >> 3]! &= ~(1 << (index & 7))
}

/** The array, or a copy in a larger one when it has no room for `length` elements. */
const withRoom = <A extends Uint8Array | Int32Array | Float64Array>(array: A, length: number): A => {
  if (length <= array.length) return array
  const larger = new (array.constructor as new (length: number) => A)(Math.max(length, 2 * array.length))
  larger.set(array)
  return larger
}

class TextColumn extends ArrowColumn {
  #offsets = new Int32Array(64)
  #bytes = Buffer.allocUnsafeSlow(1024)

  protected addValue(value: string): number {
    const start = this.#offsets[this.nSlots]!
    // UTF-8 takes at most three bytes for a UTF-16 unit; counting exactly is only worth it when that does not fit.
    if (start + 3 * value.length > this.#bytes.length) this.#reserve(start, Buffer.byteLength(value))
    const nBytes = this.#bytes.write(value, start, "utf8")
    this.#setEnd(start + nBytes)
    return nBytes + 4
  }

  protected addPlaceholder(): number {
    this.#setEnd(this.#offsets[this.nSlots]!)
    return 4
  }

  protected makeData(type: Arrow.Utf8, common: Common): Arrow.Data {
    const valueOffsets = this.#offsets.subarray(0, common.length + 1)
    return Arrow.makeData({ ...common, type, valueOffsets, data: this.#bytes.subarray(0, valueOffsets[common.length]) })
  }

  #setEnd(end: number): void {
    this.#offsets = withRoom(this.#offsets, this.nSlots + 2)
    this.#offsets[this.nSlots + 1] = end
  }

  #reserve(used: number, nMore: number): void {
    if (used + nMore <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(used + nMore, 2 * this.#bytes.length))
    this.#bytes.copy(larger, 0, 0, used)
    this.#bytes = larger
  }
}

class BooleanColumn extends ArrowColumn {
  #bits = new Uint8Array(64)

  protected addValue(value: boolean): number {
    setBit((this.#bits = withRoom(this.#bits, (this.nSlots >> 3) + 1)), this.nSlots, value)
    return 1
  }

  protected addPlaceholder(): number {
    return this.addValue(false)
  }

  protected makeData(type: Arrow.Bool, common: Common): Arrow.Data {
    return Arrow.makeData({ ...common, type, data: this.#bits.subarray(0, (common.length + 7) >> 3) })
  }
}

/** Integers that a number holds exactly, as two words of 32 bits, without the detour over BigInt. */
class IntColumn extends ArrowColumn {
  #words = new Int32Array(64)

  protected addValue(value: number): number {
    this.#words = withRoom(this.#words, 2 * this.nSlots + 2)
    this.#words[2 * this.nSlots] = value | 0
    this.#words[2 * this.nSlots + 1] = Math.floor(value / 2 ** 32)
    return 8
  }

  protected addPlaceholder(): number {
    return this.addValue(0)
  }

  protected makeData(type: Arrow.Int64, common: Common): Arrow.Data {
    return Arrow.makeData({ ...common, type, data: new BigInt64Array(this.#words.buffer, 0, common.length) })
  }
}

class FloatColumn extends ArrowColumn {
  #values = new Float64Array(64)

  protected addValue(value: number): number {
    this.#values = withRoom(this.#values, this.nSlots + 1)
    // The literal has the same bits every time; a NaN that was computed may have others.
    this.#values[this.nSlots] = value === value ? value : NaN
    return 8
  }

  protected addPlaceholder(): number {
    return this.addValue(0)
  }

  protected makeData(type: Arrow.Float64, common: Common): Arrow.Data {
    return Arrow.makeData({ ...common, type, data: this.#values.subarray(0, common.length) })
  }
}

class ListColumn extends ArrowColumn {
  readonly #element: ArrowColumn
  #offsets = new Int32Array(64)

  constructor(element: ArrowColumn) {
    super()
    this.#element = element
  }

  protected addValue(values: ReadonlyArray<unknown>): number {
    let nBytes = this.addPlaceholder()
    for (const value of values) nBytes += this.#element.add(value)
    this.#offsets[this.nSlots + 1] = this.#offsets[this.nSlots]! + values.length
    return nBytes
  }

  protected addPlaceholder(): number {
    this.#offsets = withRoom(this.#offsets, this.nSlots + 2)
    this.#offsets[this.nSlots + 1] = this.#offsets[this.nSlots]!
    return 4
  }

  protected makeData(type: Arrow.List, common: Common): Arrow.Data {
    const valueOffsets = this.#offsets.subarray(0, common.length + 1)
    return Arrow.makeData({ ...common, type, valueOffsets, child: this.#element.take(type.valueType) })
  }
}

class StructColumn extends ArrowColumn {
  readonly #fields: ReadonlyArray<readonly [string, ArrowColumn]>

  constructor(fields: ReadonlyArray<readonly [string, ArrowColumn]>) {
    super()
    this.#fields = fields
  }

  protected addValue(value: object): number {
    let nBytes = 0
    for (const [name, field] of this.#fields) nBytes += field.add(ownValue(value, name))
    return nBytes
  }

  protected addPlaceholder(): number {
    let nBytes = 0
    for (const [, field] of this.#fields) nBytes += field.addUnseen()
    return nBytes
  }

  protected makeData(type: Arrow.Struct, common: Common): Arrow.Data {
    const children = this.#fields.map(([, field], i) => field.take(type.children[i]!.type))
    return Arrow.makeData({ ...common, type, children })
  }
}
