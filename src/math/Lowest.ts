/** The entries with the smallest values of a stream, of which no more are held than wanted. */
export class Lowest<A> {
  readonly #most: number
  readonly #held: Array<{ readonly value: number; readonly entry: A }> = []

  constructor(most: number) {
    this.#most = most
  }

  /** Takes in a value; `entry` is made only when it is among the smallest so far. NaN and ties with what is full are left out. */
  add(value: number, entry: () => A): void {
    const last = this.#held.at(-1)
    if (Number.isNaN(value) || (this.#held.length === this.#most && last !== undefined && value >= last.value)) return
    const at = this.#held.findIndex((other) => value < other.value)
    this.#held.splice(at < 0 ? this.#held.length : at, 0, { value, entry: entry() })
    if (this.#held.length > this.#most) this.#held.pop()
  }

  /** The entries, rising by value, ties in the order in which they came. */
  get entries(): ReadonlyArray<A> {
    return this.#held.map(({ entry }) => entry)
  }
}
