import { EvenPicks } from "../math/EvenPicks.ts"
import { hash32, mixBits } from "../math/hash32.ts"
import { keyedRandom } from "../math/keyedRandom.ts"
import { TypedList } from "../math/TypedList.ts"
import { activeRounds } from "./activeRounds.ts"

/** Options of `samplePairsOfPairs`. */
export interface SamplePairsOfPairsOptions {
  /** Score gap (chosen minus rejected) of each of N pairs; finite. */
  readonly gaps: Float64Array
  /** A number for each pair that depends on its id alone, such as `placeOf` of it: draws go by these, not by the order of the pairs. */
  readonly places: Float64Array
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
  /** Names the draw. */
  readonly seed: string
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
 * "random": each draw takes two different pairs, all ordered choices equally likely. So large gaps gather on the strong side: over
 * distinct gaps its mean percentile is 2/3 and that of the weak side 1/3. Dropped ties are drawn again until there are k · N
 * comparisons, or until 20 · k · N draws were made: data that are nearly all ties give fewer rows.
 *
 * "iterative": each pair is the strong side k times, against partners drawn evenly from those whose gap is smaller by more than the
 * tolerance; a pair without such a partner is skipped. So strong sides occur as in the data, there are k · (N - skipped)
 * comparisons, and no ties, whatever `tie` says. A partner comes again only when all were taken as often.
 *
 * "active": in rounds of at most N / 2 comparisons, each pair at most once a round, those are taken that tell most about
 * Bradley-Terry strengths given the labels so far, noise included, ties as half a win for both; see `activeRounds`. Ends with k · N
 * comparisons, or before when none of those considered is left.
 *
 * "random" and "active" compare no two pairs twice, since labels of one comparison are not two opinions: N pairs make N (N - 1) / 2
 * comparisons at most. Fewer than two pairs give none. The result depends on gaps, places and seed, not on the order of the pairs (but
 * where two pairs have the same place). One pair more changes some k · (1 + log2 N) comparisons, with "iterative" half of them; with
 * "active" all labels bear on the next round, so nearly all can change. Time O(k · N · log² N), for "active" some
 * O(k² · N · iterations); memory O(k · N). Throws a RangeError when k or the noise is out of range, a number is not finite, or there are
 * not as many places as gaps.
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

const drawRandom = ({ gaps, k, places, seed }: SamplePairsOfPairsOptions, labelled: Labelled): void => {
  const wanted = Math.min(k * gaps.length, (gaps.length * (gaps.length - 1)) / 2)
  const picks = new EvenPicks(places)
  const compared = new PairSet(gaps.length, wanted)
  const salt = hash32(seed, 0)
  for (let draw = 0; labelled.count() < wanted && draw < 20 * k * gaps.length; draw++) {
    const first = picks.pick(keyOf(salt, draw, 0))
    let second = first
    for (let attempt = 1; second === first; attempt++) second = picks.pick(keyOf(salt, draw, attempt))
    if (compared.has(first, second)) continue
    if (labelled.add(first, second, uniform(keyOf(salt, draw, -1))).kept) compared.add(first, second)
  }
}

const drawIterative = (
  { gaps, k, places, seed, tieTolerance = 0 }: SamplePairsOfPairsOptions,
  labelled: Labelled
): void => {
  const picks = new EvenPicks(gaps, places)
  const rising = picks.order
  let nSmaller = 0
  const smaller = new Int32Array(gaps.length)
  for (const pair of rising) {
    while (gaps[pair]! - gaps[rising[nSmaller]!]! > tieTolerance) nSmaller++
    smaller[pair] = nSmaller
  }
  const taken = new Set<number>()
  for (let pair = 0; pair < gaps.length; pair++) {
    if (smaller[pair] === 0) continue
    const own = hash32(`${seed}\u001f${places[pair]}`, 0)
    taken.clear()
    for (let i = 0, attempt = 0; i < k; attempt++) {
      const partner = picks.pick(keyOf(own, attempt, 0), smaller[pair])
      if (taken.has(partner)) continue
      taken.add(partner)
      if (taken.size === smaller[pair]) taken.clear()
      labelled.add(pair, partner, uniform(keyOf(own, i, -1)))
      i++
    }
  }
}

const drawActive = ({ gaps, k, places, seed }: SamplePairsOfPairsOptions, labelled: Labelled): void => {
  // By place, so that rounding and draws are the same in whichever order the pairs are.
  const { order } = new EvenPicks(places)
  const random = keyedRandom("active", seed)
  const rounds = activeRounds({ nItems: gaps.length, random })
  for (;;) {
    const { first, second } = rounds.propose()
    if (first.length === 0) return
    for (const [i, a] of first.entries()) {
      if (labelled.count() >= k * gaps.length) return
      const b = second[i]!
      const { firstIsStrong, tied } = labelled.add(order[a]!, order[b]!, random())
      rounds.learn({ strong: firstIsStrong ? a : b, weak: firstIsStrong ? b : a, tied })
    }
  }
}

const keyOf = (salt: number, a: number, b: number): number => mixBits(Math.imul(mixBits(salt ^ a), 31) ^ b)

const uniform = (key: number): number => (mixBits(key) >>> 0) / 2 ** 32

/** Unordered choices of two of N, at most as many as is said beforehand: 16 to 32 bytes each. */
class PairSet {
  readonly #nItems: number
  /** Open addressing: the number of a choice plus one, or 0. */
  readonly #places: Float64Array

  constructor(nItems: number, most: number) {
    this.#nItems = nItems
    this.#places = new Float64Array(2 ** Math.ceil(Math.log2(2 * most + 1)))
  }

  has(a: number, b: number): boolean {
    return this.#places[this.#at(a, b)] !== 0
  }

  add(a: number, b: number): void {
    this.#places[this.#at(a, b)] = this.#numberOf(a, b)
  }

  #numberOf(a: number, b: number): number {
    return Math.min(a, b) * this.#nItems + Math.max(a, b) + 1
  }

  #at(a: number, b: number): number {
    const number = this.#numberOf(a, b)
    let at = keyOf(0, Math.min(a, b), Math.max(a, b)) & (this.#places.length - 1)
    while (this.#places[at] !== 0 && this.#places[at] !== number) at = (at + 1) & (this.#places.length - 1)
    return at
  }
}

const samplers = { random: drawRandom, iterative: drawIterative, active: drawActive } as const

/** Labels comparisons by the gaps and collects them. */
const labelling = ({ gaps, noise = 0, tie: policy = "drop", tieTolerance = 0 }: SamplePairsOfPairsOptions) => {
  const strong = new TypedList(Int32Array)
  const weak = new TypedList(Int32Array)
  const flipped = new TypedList(Uint8Array)
  const tie = new TypedList(Uint8Array)
  let nDrawn = 0
  /** `chance` is a uniform number that decides about noise. */
  const add = (first: number, second: number, chance: number) => {
    nDrawn++
    const difference = gaps[first]! - gaps[second]!
    const tied = Math.abs(difference) <= tieTolerance
    const isTie = tied && policy === "keep"
    const flips = chance < noise && !isTie
    const firstIsStrong = (tied || difference > 0) !== flips
    const kept = !tied || policy !== "drop"
    if (kept) {
      strong.push(firstIsStrong ? first : second)
      weak.push(firstIsStrong ? second : first)
      flipped.push(Number(flips))
      tie.push(Number(isTie))
    }
    return { firstIsStrong, tied, kept }
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

const check = ({ gaps, k, noise = 0, places, tieTolerance = 0 }: SamplePairsOfPairsOptions): void => {
  const action = "Cannot sample pairs of pairs"
  if (!Number.isInteger(k) || k < 1) throw new RangeError(`${action}: found k ${k}, expected a positive integer`)
  if (!(noise >= 0 && noise <= 1)) throw new RangeError(`${action}: found noise ${noise}, expected 0 to 1`)
  if (!(tieTolerance >= 0)) throw new RangeError(`${action}: found tieTolerance ${tieTolerance}, expected 0 or more`)
  if (places.length !== gaps.length) {
    throw new RangeError(`${action}: found ${places.length} places of ${gaps.length} pairs, expected one each`)
  }
  for (const [name, numbers] of [
    ["gap", gaps],
    ["place", places]
  ] as const) {
    const bad = numbers.findIndex((value) => !Number.isFinite(value))
    if (bad >= 0)
      throw new RangeError(`${action}: found ${name} ${numbers[bad]} at pair ${bad}, expected a finite number`)
  }
}
