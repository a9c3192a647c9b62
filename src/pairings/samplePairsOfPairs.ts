import { TypedList } from "../math/TypedList.ts"
import { activeRounds } from "./activeRounds.ts"

/** Options of `samplePairsOfPairs`. */
export interface SamplePairsOfPairsOptions {
  /** Score gap (chosen minus rejected) of each of N pairs; finite. */
  readonly gaps: Float64Array
  /** Comparisons per pair. A positive integer. */
  readonly k: number
  /** How comparisons are drawn; default "random". */
  readonly sampler?: "random" | "iterative" | "active"
  /** Gaps that differ by at most this are tied, in units of the gap; default 0. */
  readonly tieTolerance?: number
  /**
   * What a tied comparison becomes: nothing, another is drawn ("drop", the default); a row with `tie` 1 whose sides
   * mean nothing ("keep"); an ordinary row whose strong side was drawn with equal chances ("random").
   */
  readonly tie?: "drop" | "keep" | "random"
  /** Probability in [0, 1] that the two sides of a row without `tie` are exchanged; default 0. */
  readonly noise?: number
  /** Uniform numbers in [0, 1); three are used per draw. */
  readonly random: () => number
}

/** Comparisons of pairs, one entry per comparison in the order drawn. */
export interface PairsOfPairs {
  /** Index of the pair labelled as having the larger gap. */
  readonly strong: Int32Array
  /** Index of the other pair; never the same one. */
  readonly weak: Int32Array
  /** Gap of the strong pair; smaller than `gapWeak` where the label was flipped. */
  readonly gapStrong: Float64Array
  readonly gapWeak: Float64Array
  /** 1 where noise exchanged the sides. */
  readonly flipped: Uint8Array
  /** 1 where a tie was kept as a tie. */
  readonly tie: Uint8Array
  /** Comparisons drawn, dropped ties included. */
  readonly nDrawn: number
}

/**
 * Draws comparisons between preference pairs and labels which pair shows the larger gap.
 *
 * "random": each draw takes two different pairs, all ordered choices equally likely, with replacement between draws. So large
 * gaps gather on the strong side: over distinct gaps its mean percentile is 2/3 and that of the weak side 1/3.
 * Dropped ties are drawn again until there are k · N comparisons, or until 20 · k · N draws were made: data that are
 * nearly all ties give fewer rows.
 *
 * "iterative": each pair is the strong side k times, against partners drawn evenly, with replacement, from those whose gap is smaller by
 * more than the tolerance; a pair without such a partner is skipped. So strong sides occur as in the data, there are k · (N - skipped)
 * comparisons, and no ties, whatever `tie` says.
 *
 * "active": in rounds of at most N / 2 comparisons, each pair at most once a round, those are taken that tell most about
 * Bradley-Terry strengths given the labels so far, noise included, ties as half a win for both; see `activeRounds`. No two pairs are compared twice.
 * Ends with k · N comparisons, or before when none of those considered is left.
 *
 * Fewer than two pairs give no comparisons. The result depends on the inputs and `random` only. Time and memory O(k · N), for "active"
 * some O(k² · N · iterations). Throws a RangeError when k or the noise is out of range or a gap is not finite.
 *
 * Source: random(k) and iterative(k) of DPO-PoP, https://arxiv.org/abs/2509.22851, rebuilt from their description. What the
 * paper does with ties is not known; the policies here are ours, and so is the active sampler.
 */
export const samplePairsOfPairs = (options: SamplePairsOfPairsOptions): PairsOfPairs => {
  check(options)
  const labelled = labelling(options)
  if (options.gaps.length >= 2) samplers[options.sampler ?? "random"](options, labelled)
  return labelled.made()
}

type Labelled = ReturnType<typeof labelling>

const drawRandom = ({ gaps, k, random }: SamplePairsOfPairsOptions, labelled: Labelled): void => {
  const nPairs = gaps.length
  const wanted = k * nPairs
  while (labelled.count() < wanted && labelled.nDrawn() < 20 * wanted) {
    const first = Math.floor(random() * nPairs)
    const other = Math.floor(random() * (nPairs - 1))
    labelled.add(first, other < first ? other : other + 1)
  }
}

const drawIterative = ({ gaps, k, random, tieTolerance = 0 }: SamplePairsOfPairsOptions, labelled: Labelled): void => {
  const rising = Int32Array.from(gaps.keys()).sort((a, b) => gaps[a]! - gaps[b]! || a - b)
  let nSmaller = 0
  const smaller = new Int32Array(gaps.length)
  for (const pair of rising) {
    while (gaps[pair]! - gaps[rising[nSmaller]!]! > tieTolerance) nSmaller++
    smaller[pair] = nSmaller
  }
  for (let pair = 0; pair < gaps.length; pair++) {
    for (let i = 0; i < k && smaller[pair]! > 0; i++) {
      labelled.add(pair, rising[Math.floor(random() * smaller[pair]!)]!)
    }
  }
}

const drawActive = ({ gaps, k, random }: SamplePairsOfPairsOptions, labelled: Labelled): void => {
  const rounds = activeRounds({ nItems: gaps.length, random })
  for (;;) {
    const { first, second } = rounds.propose()
    if (first.length === 0) return
    for (const [i, a] of first.entries()) {
      if (labelled.count() >= k * gaps.length) return
      rounds.learn(labelled.add(a, second[i]!))
    }
  }
}

const samplers = { random: drawRandom, iterative: drawIterative, active: drawActive } as const

/** Labels comparisons by the gaps and collects them. */
const labelling = ({ gaps, noise = 0, random, tie: policy = "drop", tieTolerance = 0 }: SamplePairsOfPairsOptions) => {
  const strong = new TypedList(Int32Array)
  const weak = new TypedList(Int32Array)
  const flipped = new TypedList(Uint8Array)
  const tie = new TypedList(Uint8Array)
  let nDrawn = 0
  const add = (first: number, second: number) => {
    nDrawn++
    const flip = random() < noise
    const difference = gaps[first]! - gaps[second]!
    const tied = Math.abs(difference) <= tieTolerance
    const kept = tied && policy === "keep"
    const flips = flip && !kept
    const firstIsStrong = (tied || difference > 0) !== flips
    const answer = { strong: firstIsStrong ? first : second, weak: firstIsStrong ? second : first, tied }
    if (tied && policy === "drop") return answer
    strong.push(answer.strong)
    weak.push(answer.weak)
    flipped.push(Number(flips))
    tie.push(Number(kept))
    return answer
  }
  const made = (): PairsOfPairs => ({
    strong: strong.values.slice(),
    weak: weak.values.slice(),
    gapStrong: Float64Array.from(strong.values, (pair) => gaps[pair]!),
    gapWeak: Float64Array.from(weak.values, (pair) => gaps[pair]!),
    flipped: flipped.values.slice(),
    tie: tie.values.slice(),
    nDrawn
  })
  return { add, made, count: () => strong.length, nDrawn: () => nDrawn }
}

const check = ({ gaps, k, noise = 0, tieTolerance = 0 }: SamplePairsOfPairsOptions): void => {
  const action = "Cannot sample pairs of pairs"
  if (!Number.isInteger(k) || k < 1) throw new RangeError(`${action}: found k ${k}, expected a positive integer`)
  if (!(noise >= 0 && noise <= 1)) throw new RangeError(`${action}: found noise ${noise}, expected 0 to 1`)
  if (!(tieTolerance >= 0)) throw new RangeError(`${action}: found tieTolerance ${tieTolerance}, expected 0 or more`)
  const bad = gaps.findIndex((gap) => !Number.isFinite(gap))
  if (bad >= 0) throw new RangeError(`${action}: found gap ${gaps[bad]} at pair ${bad}, expected a finite number`)
}
