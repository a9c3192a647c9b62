import { findRoot } from "../math/findRoot.ts"
import { sigmoid } from "../math/sigmoid.ts"
import { wilson } from "../math/wilson.ts"
import { checkColumns } from "./Flags.ts"

/** How far preference follows length. */
export interface LengthBias {
  /** Among pairs of different length, those whose chosen response is the longer one; NaN without such pairs. */
  readonly longerChosen: number
  /** 95 % Wilson interval of it. */
  readonly lower: number
  readonly upper: number
  readonly nPairs: number
  /**
   * Logits gained when a response is e times as long, from `p = sigmoid(slope · log length ratio)`; 0 is no bias. Null
   * when no slope is finite: no pairs of different length, or the longer one is always, or never, chosen.
   */
  readonly slope: number | null
  /** Standard error of the slope from the observed information. */
  readonly slopeError: number | null
}

/**
 * Measures whether longer responses are preferred, and how strongly.
 *
 * One entry per pair, lengths from 0 in any unit; a length counts as one more, so that an empty response has a logarithm.
 * A pair with a NaN is left out. A bias is no error by itself: longer answers can be better. Maximum likelihood without
 * intercept; exchanging the sides of all pairs negates the slope. Time some 20 passes. Throws a RangeError on unequal
 * lengths of the arrays or a negative length.
 *
 * Source: Singhal et al. 2023, https://arxiv.org/abs/2310.03716
 */
export const lengthBias = (chosenLength: Float64Array, rejectedLength: Float64Array): LengthBias => {
  const action = "Cannot measure length bias"
  checkColumns(action, chosenLength.length, { rejectedLength })
  const bad = chosenLength.findIndex((length, i) => length < 0 || rejectedLength[i]! < 0)
  if (bad >= 0) throw new RangeError(`${action}: found a negative length at pair ${bad}, expected at least 0`)
  const ratios = chosenLength
    .map((length, i) => Math.log1p(length) - Math.log1p(rejectedLength[i]!))
    .filter((ratio) => ratio !== 0 && !Number.isNaN(ratio))
  const nPairs = ratios.length
  const nLonger = ratios.reduce((sum, ratio) => sum + Number(ratio > 0), 0)
  const share = { longerChosen: nLonger / nPairs, ...wilson(nLonger, nPairs), nPairs }
  if (nLonger === 0 || nLonger === nPairs) return { ...share, slope: null, slopeError: null }

  const evaluate = (slope: number): readonly [number, number] => {
    let score = 0
    let information = 0
    for (const ratio of ratios) {
      const p = sigmoid(slope * ratio)
      score += ratio * (1 - p)
      information += ratio * ratio * p * (1 - p)
    }
    return [score, -information]
  }
  let reach = 1
  while (evaluate(-reach)[0] < 0 || evaluate(reach)[0] > 0) reach *= 2
  const { root } = findRoot({ evaluate, lower: -reach, upper: reach, start: 0, tolerance: 1e-9 })
  return { ...share, slope: root, slopeError: 1 / Math.sqrt(-evaluate(root)[1]) }
}
