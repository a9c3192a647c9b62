import type { CleanedPairs } from "../cleaners/cleanVotes.ts"
import type { Treated } from "../cleaners/treat.ts"
import type { Suspect } from "../Findings.ts"
import { histogram } from "../math/histogram.ts"
import { Lowest } from "../math/Lowest.ts"
import { TypedList } from "../math/TypedList.ts"
import type { FindingOf } from "../report/Section.ts"

const nSuspects = 20

/** Sums up pairs while they are written. */
export class CleanTally {
  readonly #pairs: CleanedPairs
  readonly #treated: Treated
  readonly #gap: Float64Array
  readonly #gaps = new TypedList(Float64Array)
  readonly #suspects = new Lowest<Suspect>(nSuspects)
  nPairs = 0
  nUnknown = 0
  nFlagged = 0
  /** Pairs that were flipped although they were more probably right than wrong. */
  nSpoilt = 0
  #nKnown = 0
  #nDoubtful = 0
  #wrongBefore = 0
  #wrongAfter = 0
  #weightAfter = 0

  /** `gap` is per item, side A less side B, in scores. */
  constructor(pairs: CleanedPairs, treated: Treated, gap: Float64Array) {
    this.#pairs = pairs
    this.#treated = treated
    this.#gap = gap
  }

  /** Takes in pair `g`; `suspect` makes what is shown of it should it be among the most suspect. */
  see(g: number, suspect: () => Suspect): void {
    const { flagged, item, labelProb, score, side } = this.#pairs
    this.nPairs++
    this.nFlagged += flagged[g]!
    const p = labelProb[g]!
    const gap = side[g]! * this.#gap[item[g]!]!
    const turned = this.#treated.flipped[g] === 1
    const isKept = this.#treated.kept[g] === 1
    if (isKept && !Number.isNaN(gap)) this.#gaps.push(turned ? -gap : gap)
    if (Number.isNaN(score[g]!)) this.nUnknown++
    if (Number.isNaN(p)) return
    this.#nKnown++
    if (p < 0.5) this.#suspects.add(p, suspect)
    this.#wrongBefore += 1 - p
    if (!isKept) return
    const after = turned ? 1 - p : p
    const weight = this.#treated.weight[g]!
    if (after < 0.5) this.#nDoubtful++
    if (turned && after < 0.5) this.nSpoilt++
    this.#wrongAfter += weight * (1 - after)
    this.#weightAfter += weight
  }

  get suspects(): ReadonlyArray<Suspect> {
    return this.#suspects.entries
  }

  /** Share of wrong orders among pairs with an estimate, as recorded and, by weight, as written; null where no pair has one. */
  get wrong(): { readonly before: number; readonly after: number | null } | null {
    if (this.#nKnown === 0) return null
    return {
      before: this.#wrongBefore / this.#nKnown,
      after: this.#weightAfter === 0 ? null : this.#wrongAfter / this.#weightAfter
    }
  }

  /** The pairs as they were written. */
  finding(rule: string, nPairs: number): FindingOf<"pairs"> {
    const { counts, edges } = histogram(this.#gaps.values, { nBins: 20 })
    const after = this.wrong?.after ?? null
    return {
      kind: "pairs",
      rule,
      margins: { edges: [...edges], counts: [...counts] },
      nPairs,
      doubtful: this.#nDoubtful,
      meanLabelProb: after === null ? null : 1 - after,
      plantedAccuracy: null,
      chosenLongerShare: null,
      suspects: []
    }
  }
}
