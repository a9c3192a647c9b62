import { hash128 } from "./keyedRandom.ts"

/**
 * Numbers texts in the order in which they are first seen: 0, 1, 2, ….
 *
 * Keeps 128 bits of each text in place of the text, so ten million texts of any length take about 500 MB at most; that two of n
 * texts are taken for one has a probability of n² / 2^129. Deterministic.
 */
export class HashIndex {
  #size = 0
  /** Four words of hash for each number. */
  #words = new Int32Array(4 * 1024)
  /** Open addressing: a number plus one, or 0 for an empty place. */
  #places = new Int32Array(2048)

  /** Different texts so far. */
  get size(): number {
    return this.#size
  }

  /** The number of a text, new or old. */
  add(text: string): number {
    const [a, b, c, d] = hash128(text)
    const mask = this.#places.length - 1
    let at = a & mask
    for (;;) {
      const found = this.#places[at]! - 1
      if (found < 0) break
      const from = 4 * found
      const words = this.#words
      if (words[from] === a && words[from + 1] === b && words[from + 2] === c && words[from + 3] === d) return found
      at = (at + 1) & mask
    }
    this.#places[at] = ++this.#size
    if (4 * this.#size > this.#words.length) {
      const grown = new Int32Array(2 * this.#words.length)
      grown.set(this.#words)
      this.#words = grown
    }
    this.#words.set([a, b, c, d], 4 * (this.#size - 1))
    if (2 * this.#size > this.#places.length) this.#spread()
    return this.#size - 1
  }

  /** One of the four words of a text's `hash128`, 0 to 3. */
  word(number: number, which: number): number {
    return this.#words[4 * number + which]!
  }

  /** Doubles the places. */
  #spread(): void {
    const places = new Int32Array(2 * this.#places.length)
    const mask = places.length - 1
    for (let i = 0; i < this.#size; i++) {
      let at = this.#words[4 * i]! & mask
      while (places[at] !== 0) at = (at + 1) & mask
      places[at] = i + 1
    }
    this.#places = places
  }
}
