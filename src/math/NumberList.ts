/** Numbers in a typed array that grows: 8 bytes a number, no boxing. */
export class NumberList {
  #values = new Float64Array(256)
  #length = 0

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const grown = new Float64Array(this.#length * 2)
      grown.set(this.#values)
      this.#values = grown
    }
    this.#values[this.#length++] = value
  }

  get length(): number {
    return this.#length
  }

  /** The numbers so far; a view that is valid until the next `push`. */
  get values(): Float64Array {
    return this.#values.subarray(0, this.#length)
  }
}
