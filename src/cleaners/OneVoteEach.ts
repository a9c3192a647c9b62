import type { NoiseRate } from "./noiseRate.ts"
import type { PooledRePoFit } from "./pooledRePo.ts"
import type { PooledVotes } from "./unidentifiedAnnotators.ts"

/** Votes of which no annotator has two on one item, and what became of those that came again. */
export interface OneVoteEach {
  readonly item: Int32Array
  readonly annotator: Int32Array
  /** 0 where an annotator voted for both sides equally often. */
  readonly side: Int8Array
  /** Per annotator, votes with a winner. */
  readonly nVotes: Int32Array
  /** Per annotator, votes against what it voted more often on the same item; of as many for each side, half. */
  readonly nContrary: Int32Array
}

/**
 * Makes one vote of all that an annotator gave on an item: that of the side it voted for more often.
 *
 * Votes of one annotator on one item, asked again or in the other order, share its opinion and its errors; counted apart they make
 * estimates too sure. Ties do not count. Where nobody votes twice on an item the arrays that come back are those given. Arrays as for
 * `pooledRePo`. Time and memory O(votes + items + annotators).
 */
export const make = ({ annotator, item, nAnnotators, pModel, side }: PooledVotes): OneVoteEach => {
  const nVotes = new Int32Array(nAnnotators)
  const nContrary = new Int32Array(nAnnotators)
  const starts = new Int32Array(pModel.length + 1)
  for (let v = 0; v < item.length; v++) if (side[v] !== 0) starts[item[v]! + 1]!++
  for (let i = 0; i < pModel.length; i++) starts[i + 1]! += starts[i]!
  const byItem = new Int32Array(starts[pModel.length]!)
  const next = starts.slice()
  for (let v = 0; v < item.length; v++) if (side[v] !== 0) byItem[next[item[v]!]!++] = v
  /** Per annotator, the item it was last seen at and its place among the opinions. */
  const seenAt = new Int32Array(nAnnotators).fill(-1)
  const place = new Int32Array(nAnnotators)
  const first = new Int32Array(byItem.length)
  const balance = new Int32Array(byItem.length)
  const count = new Int32Array(byItem.length)
  let n = 0
  for (const v of byItem) {
    const k = annotator[v]!
    nVotes[k]!++
    if (seenAt[k] !== item[v]) {
      seenAt[k] = item[v]!
      place[k] = n
      first[n++] = v
    }
    balance[place[k]!]! += side[v]!
    count[place[k]!]!++
  }
  if (n === byItem.length) return { item, annotator, side, nVotes, nContrary }
  for (let o = 0; o < n; o++) nContrary[annotator[first[o]!]!]! += (count[o]! - Math.abs(balance[o]!)) / 2
  const opinions = first.subarray(0, n)
  return {
    item: Int32Array.from(opinions, (v) => item[v]!),
    annotator: Int32Array.from(opinions, (v) => annotator[v]!),
    side: Int8Array.from(opinions, (_, o) => Math.sign(balance[o]!)),
    nVotes,
    nContrary
  }
}

/** What a fit to one vote each says about all votes. */
export type FitOfAll = Pick<PooledRePoFit, "reliability" | "ci95" | "noiseRate">

/**
 * Turns reliabilities and the noise rate of one vote each into those of all votes.
 *
 * Of two contrary votes on an item one is right, whoever is; the other votes are right as often as the one that stands for them. With `c` contrary
 * votes of `n`, the share right is `(c + (n - 2c) r) / n`. Exact with at most two votes of one annotator on an item. Intervals are carried over
 * in the same way. Without votes that came again nothing changes.
 */
export const ofAllVotes = (fit: FitOfAll, { nContrary, nVotes }: OneVoteEach): FitOfAll => {
  if (nContrary.every((n) => n === 0)) return fit
  const share = (r: number, k: number) =>
    nVotes[k] === 0 ? r : (nContrary[k]! + (nVotes[k]! - 2 * nContrary[k]!) * r) / nVotes[k]!
  const known = [...nVotes.keys()].filter((k) => nVotes[k]! > 0 && !Number.isNaN(fit.reliability[k]!))
  const total = known.reduce((sum, k) => sum + nVotes[k]!, 0)
  const contrary = known.reduce((sum, k) => sum + nContrary[k]!, 0)
  const reliability = fit.reliability.map(share)
  const estimate = known.reduce((sum, k) => sum + nVotes[k]! * (1 - reliability[k]!), 0) / total
  const scale = (total - 2 * contrary) / total
  const rate = fit.noiseRate
  const noiseRate: NoiseRate | null = rate && {
    estimate,
    standardError: scale * rate.standardError,
    lower: Math.max(0, estimate - scale * (rate.estimate - rate.lower)),
    upper: Math.min(1, estimate + scale * (rate.upper - rate.estimate))
  }
  return {
    reliability,
    ci95: { lower: fit.ci95.lower.map(share), upper: fit.ci95.upper.map(share) },
    noiseRate
  }
}
