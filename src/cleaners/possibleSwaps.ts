import { mixBits } from "../math/hash32.ts"

/** What was shown to whom: one entry per vote. */
export interface ShownOrders {
  readonly annotator: Int32Array
  /** Answers by number, in the order shown. */
  readonly first: Int32Array
  readonly second: Int32Array
}

/**
 * Marks the votes of an annotator that may also have judged the same two answers in the other order.
 *
 * 1 for every vote that has a counterpart, and by chance for a few that have none, about one in ten; so what looks for
 * counterparts one by one, at a hundred bytes a vote, can leave out the rest. Two passes, memory 4 to 8 bytes a vote.
 */
export const possibleSwaps = ({ annotator, first, second }: ShownOrders): Uint8Array => {
  const size = 2 ** Math.ceil(Math.log2(4 * first.length + 1))
  const seen = new Uint8Array(size)
  const placeOf = (v: number) => {
    const low = Math.min(first[v]!, second[v]!)
    const high = Math.max(first[v]!, second[v]!)
    return mixBits(Math.imul(mixBits(Math.imul(mixBits(low + 1), 31) ^ high), 31) ^ annotator[v]!) & (size - 1)
  }
  const orderOf = (v: number) => (first[v]! < second[v]! ? 1 : 2)
  for (let v = 0; v < first.length; v++) seen[placeOf(v)]! |= orderOf(v)
  return Uint8Array.from(first, (_, v) => (seen[placeOf(v)] === 3 ? 1 : 0))
}
