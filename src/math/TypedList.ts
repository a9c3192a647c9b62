type Typed = Uint8Array | Int8Array | Int32Array | Float64Array

/** Numbers in a typed array of a kind that grows: the bytes of the kind a number, up to three times that while it grows. */
export class TypedList<A extends Typed> {
  readonly #make: new (length: number) => A
  #values: A
  #length = 0

  constructor(make: new (length: number) => A) {
    this.#make = make
    this.#values = new make(1024)
  }

  get length(): number {
    return this.#length
  }

  /** The numbers so far; a view that is valid until the next `push`, and through which they can be changed. */
  get values(): A {
    return this.#values.subarray(0, this.#length) as A
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
