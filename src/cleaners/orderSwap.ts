import { wilson } from "../math/wilson.ts"
import { checkColumns } from "./Flags.ts"

/** Comparisons of all annotators: one entry per verdict. */
export interface OrderSwapInput {
  /** From 0 to `nAnnotators - 1`. */
  readonly annotator: Int32Array
  readonly nAnnotators: number
  /** Item shown first and item shown second, numbered over the whole data set from 0, below 2^26. */
  readonly first: Int32Array
  readonly second: Int32Array
  /** 1 where the first won, -1 where the second did, 0 for a tie. */
  readonly verdict: Int8Array
}

/** A share with its 95 % Wilson interval; NaN and [0, 1] without cases. */
export interface ShareWithInterval {
  readonly share: number
  readonly lower: number
  readonly upper: number
  readonly nCases: number
}

/** How one annotator treats the order of presentation. */
export interface OrderEffect {
  /** Pairs with a winner in both orders whose winners differ. */
  readonly inconsistency: ShareWithInterval
  /** Among the inconsistent pairs, those where the first won both times; 1/2 is mere error, 1 or 0 a side. */
  readonly firstInBoth: ShareWithInterval
  /** Verdicts with a winner where the first won, over pairs shown in one order or both; needs random order to be read. */
  readonly firstShare: ShareWithInterval
  /**
   * Error rate e that explains the inconsistency without any side, from `2 e (1 - e)`; 1/2 from an inconsistency of 1/2,
   * NaN without pairs in both orders.
   */
  readonly errorRate: number
}

/**
 * Measures per annotator how often the winner changes when two responses change places, and which side gains.
 *
 * A pair is matched with the pair in the other order by the same annotator, each verdict once, in the order given; ties
 * match nothing. Position bias proper is `firstInBoth` away from 1/2: `firstShare` alone is biased where good responses
 * stand on one side. Intervals treat pairs as independent. Where no pair is repeated in one order, the counts are those
 * of `countHabits`, which sees one prompt at a time. Time O(verdicts), memory one entry per open pair. Throws a
 * RangeError on unequal lengths or an annotator or item out of range.
 *
 * Source: Wang et al. 2023, https://arxiv.org/abs/2305.17926
 */
export const orderSwap = (input: OrderSwapInput): Array<OrderEffect> => {
  check(input)
  const { annotator, first, nAnnotators, second, verdict } = input
  const counts = Array.from({ length: nAnnotators }, () => ({
    first: 0,
    decided: 0,
    pairs: 0,
    firstInBoth: 0,
    secondInBoth: 0
  }))
  const open = Array.from({ length: nAnnotators }, () => new Map<number, Array<number>>())
  for (const [i, k] of annotator.entries()) {
    const v = verdict[i]!
    if (v === 0) continue
    const count = counts[k]!
    count.decided++
    if (v === 1) count.first++
    const other = open[k]!.get(second[i]! * maxItems + first[i]!)?.shift()
    if (other === undefined) {
      const key = first[i]! * maxItems + second[i]!
      const waiting = open[k]!.get(key)
      if (waiting === undefined) open[k]!.set(key, [v])
      else waiting.push(v)
      continue
    }
    count.pairs++
    if (other === v) count[v === 1 ? "firstInBoth" : "secondInBoth"]++
  }
  return counts.map((count) => {
    const nInconsistent = count.firstInBoth + count.secondInBoth
    const share = nInconsistent / count.pairs
    return {
      inconsistency: withInterval(nInconsistent, count.pairs),
      firstInBoth: withInterval(count.firstInBoth, nInconsistent),
      firstShare: withInterval(count.first, count.decided),
      errorRate: (1 - Math.sqrt(Math.max(0, 1 - 2 * share))) / 2
    }
  })
}

const maxItems = 2 ** 26

const withInterval = (n: number, nCases: number): ShareWithInterval => ({
  share: n / nCases,
  ...wilson(n, nCases),
  nCases
})

const check = ({ annotator, first, nAnnotators, second, verdict }: OrderSwapInput): void => {
  const action = "Cannot compare orders"
  checkColumns(action, annotator.length, { first, second, verdict })
  for (const [name, values, limit] of [
    ["annotator", annotator, nAnnotators],
    ["item", first, maxItems],
    ["item", second, maxItems]
  ] as const) {
    const bad = values.findIndex((value) => value < 0 || value >= limit)
    if (bad >= 0) {
      throw new RangeError(`${action}: found ${name} ${values[bad]} at verdict ${bad}, expected 0 to ${limit - 1}`)
    }
  }
}
