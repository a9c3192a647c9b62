type Typed = Uint8Array | Int8Array | Int32Array | Float64Array

/** Numbers in a typed array of a kind that grows: the bytes of the kind a number, up to three times that while it grows. */
export class TypedList<A extends Typed> {
  readonly #make: new (length: number) => A
  #values: A
  #length = 0
  /** What `values` gave last: a view costs as much as dozens of numbers that are read through it. */
  #view: A

  constructor(make: new (length: number) => A) {
    this.#make = make
    this.#values = new make(1024)
    this.#view = this.#values.subarray(0, 0) as A
  }

  get length(): number {
    return this.#length
  }

  /** The numbers so far; a view that is valid until the next `push`, and through which they can be changed. */
  get values(): A {
    if (this.#view.length < this.#length) this.#view = this.#values.subarray(0, this.#length) as A
    return this.#view
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const grown = new this.#make(2 * this.#length)
      grown.set(this.#values)
      this.#values = grown
    }
    this.#values[this.#length++] = value
  }
}
