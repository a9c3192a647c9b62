import { TypedList } from "./TypedList.ts"

/**
 * Numbers from 0 that fall into groups by being joined, pair by pair.
 *
 * Any number is in a group of its own until it is joined; groups are the same in whichever order joins come. Nearly constant
 * time a call, 4 bytes a number.
 *
 * Source: Tarjan and van Leeuwen 1984, https://doi.org/10.1145/62.2160 (linking to the lower number, halving paths)
 */
export class Groups {
  readonly #parents = new TypedList(Int32Array)

  /** The lowest number of the group. */
  of(number: number): number {
    while (this.#parents.length <= number) this.#parents.push(this.#parents.length)
    const parents = this.#parents.values
    let at = number
    while (parents[at] !== at) {
      parents[at] = parents[parents[at]!]!
      at = parents[at]!
    }
    return at
  }

  join(a: number, b: number): void {
    const [x, y] = [this.of(a), this.of(b)]
    this.#parents.values[Math.max(x, y)] = Math.min(x, y)
  }
}
