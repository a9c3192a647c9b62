import { mixBits } from "./hash32.ts"

/**
 * Picks items evenly by a key, so that neither the order of the items nor one item more changes many picks.
 *
 * Items stand in an order of their numbers: the first column decides, then the next, then their index. Halves of that order that
 * differ in one bit of a number are weighed by how many items are in each, and the key decides between them, bit by bit: each item is
 * picked with the same probability over keys, and an added item changes a pick only where it tips one of these decisions, some
 * `log2(n) / 2n` of all picks. Memory 8 bytes an item and column, and 4 an item; time of a pick O(log² n). Numbers have to be finite.
 */
export class EvenPicks {
  /** The items in their order. */
  readonly order: Int32Array
  /** In that order, the bits of the numbers as 32-bit words whose unsigned order is that of the numbers, the highest first. */
  readonly #words: ReadonlyArray<Uint32Array>

  constructor(...columns: readonly [Float64Array, ...ReadonlyArray<Float64Array>]) {
    const order = Int32Array.from(columns[0].keys()).sort((a, b) => {
      for (const numbers of columns) if (numbers[a] !== numbers[b]) return numbers[a]! - numbers[b]!
      return a - b
    })
    this.order = order
    this.#words = columns.flatMap((numbers) => {
      const both = [new Uint32Array(order.length), new Uint32Array(order.length)] as const
      const view = new DataView(new ArrayBuffer(8))
      for (const [at, item] of order.entries()) {
        // 0 added to -0 is 0.
        view.setFloat64(0, numbers[item]! + 0)
        const flip = view.getInt32(0) < 0 ? -1 : 0
        both[0][at] = view.getInt32(0) ^ (flip | signBit)
        both[1][at] = view.getInt32(4) ^ flip
      }
      return both
    })
  }

  /** Picks among the first `end` items of the order, by default all; `key` is a signed 32-bit integer, `end` above 0. */
  pick(key: number, end: number = this.order.length): number {
    let low = 0
    let high = end
    for (let word = 0; high - low > 1 && word < this.#words.length; word++) {
      const words = this.#words[word]!
      for (;;) {
        const unequal = words[low]! ^ words[high - 1]!
        if (unequal === 0) break
        const place = Math.clz32(unequal)
        const middle = firstWith(words, signBit >>> place, low, high)
        if (uniform(key, 32 * word + place) * (high - low) < middle - low) high = middle
        else low = middle
      }
    }
    return this.order[low + Math.floor(uniform(key, -1) * (high - low))]!
  }
}

const signBit = 0x80000000

/** The first place from `low` whose word has the bit, where those without come before those with it. */
const firstWith = (words: Uint32Array, bit: number, low: number, high: number): number => {
  let [from, to] = [low, high]
  while (from < to) {
    const middle = (from + to) >>> 1
    if ((words[middle]! & bit) === 0) from = middle + 1
    else to = middle
  }
  return from
}

/** A number in [0, 1) for a decision of a pick. */
const uniform = (key: number, decision: number): number =>
  (mixBits(mixBits(key) + Math.imul(decision + 2, 0x9e3779b1)) >>> 0) / 2 ** 32
