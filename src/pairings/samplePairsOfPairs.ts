/** Options of `samplePairsOfPairs`. */
export interface SamplePairsOfPairsOptions {
  /** Score gap (chosen minus rejected) of each of N pairs; finite. */
  readonly gaps: Float64Array
  /** Comparisons per pair: k · N are made. A positive integer. */
  readonly k: number
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
 * Draws random comparisons between preference pairs and labels which pair shows the larger gap.
 *
 * Each draw takes two different pairs, all ordered choices equally likely, with replacement between draws. So large
 * gaps gather on the strong side: over distinct gaps its mean percentile is 2/3 and that of the weak side 1/3.
 * Dropped ties are drawn again until there are k · N comparisons, or until 20 · k · N draws were made: data that are
 * nearly all ties give fewer rows. Fewer than two pairs give none. The result depends on the inputs and `random` only.
 * Time and memory O(k · N). Throws a RangeError when k or the noise is out of range or a gap is not finite.
 *
 * Source: the random(k) sampler of DPO-PoP, https://arxiv.org/abs/2509.22851, rebuilt from its description. What the
 * paper does with ties is not known; the policies here are ours.
 */
export const samplePairsOfPairs = (options: SamplePairsOfPairsOptions): PairsOfPairs => {
  const { gaps, k, noise = 0, random, tie: policy = "drop", tieTolerance = 0 } = options
  check(options)
  const nPairs = gaps.length
  const capacity = nPairs < 2 ? 0 : k * nPairs
  const strong = new Int32Array(capacity)
  const weak = new Int32Array(capacity)
  const gapStrong = new Float64Array(capacity)
  const gapWeak = new Float64Array(capacity)
  const flipped = new Uint8Array(capacity)
  const tie = new Uint8Array(capacity)
  let nRows = 0
  let nDrawn = 0
  while (nRows < capacity && nDrawn < 20 * capacity) {
    nDrawn++
    const first = Math.floor(random() * nPairs)
    const other = Math.floor(random() * (nPairs - 1))
    const second = other < first ? other : other + 1
    const flip = random() < noise
    const difference = gaps[first]! - gaps[second]!
    const tied = Math.abs(difference) <= tieTolerance
    if (tied && policy === "drop") continue
    const kept = tied && policy === "keep"
    const flips = flip && !kept
    const firstIsStrong = (tied || difference > 0) !== flips
    const a = firstIsStrong ? first : second
    const b = firstIsStrong ? second : first
    strong[nRows] = a
    weak[nRows] = b
    gapStrong[nRows] = gaps[a]!
    gapWeak[nRows] = gaps[b]!
    flipped[nRows] = flips ? 1 : 0
    tie[nRows] = kept ? 1 : 0
    nRows++
  }
  return {
    strong: strong.slice(0, nRows),
    weak: weak.slice(0, nRows),
    gapStrong: gapStrong.slice(0, nRows),
    gapWeak: gapWeak.slice(0, nRows),
    flipped: flipped.slice(0, nRows),
    tie: tie.slice(0, nRows),
    nDrawn
  }
}

const check = ({ gaps, k, noise = 0, tieTolerance = 0 }: SamplePairsOfPairsOptions): void => {
  const action = "Cannot sample pairs of pairs"
  if (!Number.isInteger(k) || k < 1) throw new RangeError(`${action}: found k ${k}, expected a positive integer`)
  if (!(noise >= 0 && noise <= 1)) throw new RangeError(`${action}: found noise ${noise}, expected 0 to 1`)
  if (!(tieTolerance >= 0)) throw new RangeError(`${action}: found tieTolerance ${tieTolerance}, expected 0 or more`)
  const bad = gaps.findIndex((gap) => !Number.isFinite(gap))
  if (bad >= 0) throw new RangeError(`${action}: found gap ${gaps[bad]} at pair ${bad}, expected a finite number`)
}
