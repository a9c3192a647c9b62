import { type Bounds, ParquetLeaf } from "./ParquetLeaf.ts"

/** Tracks the bounds of numbers. */
abstract class NumberLeaf extends ParquetLeaf {
  #min = Infinity
  #max = -Infinity
  #hasNaN = false
  #hasValue = false

  protected note(value: number): void {
    this.#hasValue = true
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
    // Only NaN differs from itself.
    if (value !== value) this.#hasNaN = true
  }

  protected override takeBounds(): Bounds | undefined {
    if (!this.#hasValue) return undefined
    // Zero has two forms that compare as equal; the format wants the wider bound.
    const min = this.#min === 0 ? -0 : this.#min
    const max = this.#max === 0 ? 0 : this.#max
    const bounds = { min, max, hasNaN: this.#hasNaN }
    this.#min = Infinity
    this.#max = -Infinity
    this.#hasNaN = false
    this.#hasValue = false
    return bounds
  }
}

/** 64-bit floats. All NaN become the same NaN, since its bits are not defined and would change the file. */
export class FloatLeaf extends NumberLeaf {
  override add(value: number, repetition: number): void {
    this.reserve(8)
    if (value === value) this.body.writeDoubleLE(value, this.nBody)
    else this.body.writeBigUInt64LE(0x7ff8000000000000n, this.nBody)
    this.nBody += 8
    this.size.bytes += 8
    this.note(value)
    this.slot(repetition, this.leaf.maxDefinition)
  }
}

/** Integers that a number holds exactly, as 64 bits, without the detour over BigInt. */
export class IntLeaf extends NumberLeaf {
  override add(value: number, repetition: number): void {
    this.reserve(8)
    this.body.writeInt32LE(value | 0, this.nBody)
    this.body.writeInt32LE(Math.floor(value / 2 ** 32), this.nBody + 4)
    this.nBody += 8
    this.size.bytes += 8
    this.note(value)
    this.slot(repetition, this.leaf.maxDefinition)
  }
}

/** Booleans, eight in a byte. */
export class BooleanLeaf extends NumberLeaf {
  #nValues = 0

  override add(value: boolean, repetition: number): void {
    const bit = this.#nValues++ & 7
    if (bit === 0) {
      this.reserve(1)
      this.body[this.nBody++] = 0
    }
    if (value) this.body[this.nBody - 1]! |= 1 << bit
    this.size.bytes += 1
    this.note(value ? 1 : 0)
    this.slot(repetition, this.leaf.maxDefinition)
  }

  protected override cut(): void {
    this.#nValues = 0
    super.cut()
  }
}
