/** Input of `effectiveJudges`: votes in long form, and what is taken as true. */
export interface EffectiveJudgesInput {
  /** What each vote is about, as an index into `truth`. */
  readonly item: Int32Array
  /** Who gave it, as an index into `family`. */
  readonly annotator: Int32Array
  /** 1 or -1 for the two sides of the item; 0 for a tie, which is left out. */
  readonly side: Int8Array
  /** Per item, the side that is right by trusted labels or by a consensus; 0 where unknown. */
  readonly truth: Int8Array
  /** Per annotator, the family (one model, one vendor, one team), as any number. */
  readonly family: Int32Array
}

/** How independent the judges of one family are. */
export interface JudgeFamily {
  readonly family: number
  /** Members with a vote on an item of known truth. */
  readonly nJudges: number
  /** Mean correlation of the errors of two members, in [-1, 1]; null when no two can be compared. */
  readonly meanCorrelation: number | null
  /** As how many independent judges the family counts, from 1 to `nJudges`; null without a correlation. */
  readonly effectiveJudges: number | null
  /** Items compared, summed over the pairs of members. */
  readonly nComparisons: number
}

/**
 * Counts as how many independent judges the members of each family are worth, from how their errors go together.
 *
 * `effective = m / (1 + (m - 1) rho)` for m judges, the size of a sample over its design effect, with rho the mean
 * correlation of two members' errors over the items both judged, pairs weighted by those items; a negative rho counts as
 * 0. An error is a vote against `truth`; several votes of a member on an item are averaged. Pairs in which a
 * member is always or never wrong have no correlation and are left out. Trusted truth gives an honest rho, in which
 * items that are hard for everybody count as dependence, as they should: pooling assumes there are none. A consensus of the
 * judges themselves hides errors that most of them share, so rho is too small then, and leaning on it only catches the
 * gross cases. Families come in rising order; those without votes are left out. Time O(sum over families of members
 * times votes), memory O(votes). Throws a RangeError on arrays of unequal length or an index out of range.
 *
 * Source: design effect, Kish 1965, Survey Sampling, section 5.4
 */
export const effectiveJudges = (input: EffectiveJudgesInput): Array<JudgeFamily> => {
  check(input)
  const { annotator, family, item, side, truth } = input
  /** Per annotator, item to share of wrong votes. */
  const errors = new Map<number, Map<number, { wrong: number; n: number }>>()
  for (let v = 0; v < item.length; v++) {
    const known = truth[item[v]!]!
    if (side[v] === 0 || known === 0) continue
    let own = errors.get(annotator[v]!)
    if (own === undefined) errors.set(annotator[v]!, (own = new Map()))
    let votes = own.get(item[v]!)
    if (votes === undefined) own.set(item[v]!, (votes = { wrong: 0, n: 0 }))
    votes.n++
    if (side[v] !== known) votes.wrong++
  }
  const members = new Map<number, Array<Map<number, number>>>()
  for (const k of [...errors.keys()].toSorted((a, b) => a - b)) {
    const shares = new Map([...errors.get(k)!].map(([i, { n, wrong }]) => [i, wrong / n]))
    const judges = members.get(family[k]!)
    if (judges === undefined) members.set(family[k]!, [shares])
    else judges.push(shares)
  }
  return [...members]
    .toSorted(([a], [b]) => a - b)
    .map(([name, judges]) => {
      let sum = 0
      let nComparisons = 0
      for (const [x, first] of judges.entries()) {
        for (const second of judges.slice(x + 1)) {
          const { nShared, rho } = correlation(first, second)
          if (Number.isNaN(rho)) continue
          sum += nShared * rho
          nComparisons += nShared
        }
      }
      const nJudges = judges.length
      const meanCorrelation = nComparisons === 0 ? null : sum / nComparisons
      const effective = meanCorrelation === null ? null : nJudges / (1 + (nJudges - 1) * Math.max(0, meanCorrelation))
      return { family: name, nJudges, meanCorrelation, effectiveJudges: effective, nComparisons }
    })
}

/**
 * Tells whether judges err together so much that their agreement proves little.
 *
 * They do when they count as at most half their number, rounded up, and the mean correlation of their errors is beyond three times
 * what chance gives, `3 / sqrt(comparisons)`.
 */
export const areCorrelated = ({ effectiveJudges: effective, meanCorrelation, nComparisons, nJudges }: JudgeFamily) =>
  nJudges >= 2 &&
  effective !== null &&
  meanCorrelation !== null &&
  effective <= Math.ceil(nJudges / 2) &&
  meanCorrelation >= 3 / Math.sqrt(nComparisons)

/** Pearson's correlation over the shared keys; NaN when one side is constant. */
const correlation = (first: ReadonlyMap<number, number>, second: ReadonlyMap<number, number>) => {
  const [small, large] = first.size <= second.size ? [first, second] : [second, first]
  let nShared = 0
  let sumX = 0
  let sumY = 0
  let sumXX = 0
  let sumYY = 0
  let sumXY = 0
  for (const [key, x] of small) {
    const y = large.get(key)
    if (y === undefined) continue
    nShared++
    sumX += x
    sumY += y
    sumXX += x * x
    sumYY += y * y
    sumXY += x * y
  }
  const spreadX = nShared * sumXX - sumX * sumX
  const spreadY = nShared * sumYY - sumY * sumY
  const isConstant = !(spreadX > 1e-9) || !(spreadY > 1e-9)
  return { nShared, rho: isConstant ? Number.NaN : (nShared * sumXY - sumX * sumY) / Math.sqrt(spreadX * spreadY) }
}

const check = ({ annotator, family, item, side, truth }: EffectiveJudgesInput): void => {
  const action = "Cannot compare judges"
  if (annotator.length !== item.length || side.length !== item.length) {
    throw new RangeError(
      `${action}: found ${item.length} items, ${annotator.length} annotators and ${side.length} sides, expected one each`
    )
  }
  const badItem = item.findIndex((i) => !(i >= 0 && i < truth.length))
  if (badItem >= 0) {
    throw new RangeError(
      `${action}: found item ${item[badItem]} at vote ${badItem}, expected 0 to ${truth.length - 1}, as many as truths`
    )
  }
  const bad = annotator.findIndex((k) => !(k >= 0 && k < family.length))
  if (bad >= 0) {
    throw new RangeError(
      `${action}: found annotator ${annotator[bad]} at vote ${bad}, expected 0 to ${family.length - 1}, as many as families`
    )
  }
}
