import { decidedVotes } from "../cleaners/decidedVotes.ts"
import { krippendorffAlpha } from "../cleaners/krippendorffAlpha.ts"
import { lengthBias } from "../cleaners/lengthBias.ts"
import * as OneVoteEach from "../cleaners/OneVoteEach.ts"
import type { AnnotatorFinding, Estimate, Finding } from "../Findings.ts"
import { TypedList } from "../math/TypedList.ts"
import { wilson } from "../math/wilson.ts"
import type { PooledVotes } from "../cleaners/unidentifiedAnnotators.ts"

/** One comparison with a winner. */
export interface Vote {
  readonly annotator: string
  /** What was compared, from 0 in the order of first sight. */
  readonly item: number
  /** Which of the item's two sides won. */
  readonly side: 1 | -1
  /** Characters of the text that won and of the other. */
  readonly lengths: readonly [winner: number, loser: number]
  /** Whether the winner is the one that was planted; null where nothing was. */
  readonly plantedCorrect: boolean | null
  /** The error that was put into one of the two texts, the other being the text before; null where there is none. */
  readonly injected: { readonly errorType: string; readonly isRight: boolean } | null
}

type Noise = Extract<Finding, { readonly kind: "noise" }>
type Injected = NonNullable<AnnotatorFinding["injected"]>[number]

/** What is known of an annotator besides its votes. */
interface Known {
  planted: number
  right: number
  readonly injected: Map<string, { nLabels: number; right: number }>
}

/** Collects the comparisons with a winner that an audit is made of. Memory is 17 bytes a comparison. */
export class VoteTally {
  readonly #item = new TypedList(Int32Array)
  readonly #annotator = new TypedList(Int32Array)
  readonly #side = new TypedList(Int8Array)
  readonly #winner = new TypedList(Int32Array)
  readonly #loser = new TypedList(Int32Array)
  readonly #indices = new Map<string, number>()
  readonly #known: Array<Known> = []
  #nItems = 0

  add({ annotator, injected, item, lengths, plantedCorrect, side }: Vote): void {
    let who = this.#indices.get(annotator)
    if (who === undefined) {
      this.#indices.set(annotator, (who = this.#indices.size))
      this.#known.push({ planted: 0, right: 0, injected: new Map() })
    }
    this.#item.push(item)
    this.#nItems = Math.max(this.#nItems, item + 1)
    this.#annotator.push(who)
    this.#side.push(side)
    this.#winner.push(lengths[0])
    this.#loser.push(lengths[1])
    const known = this.#known[who]!
    if (plantedCorrect !== null) known.planted++
    if (plantedCorrect === true) known.right++
    if (injected === null) return
    let counts = known.injected.get(injected.errorType)
    if (counts === undefined) known.injected.set(injected.errorType, (counts = { nLabels: 0, right: 0 }))
    counts.nLabels++
    if (injected.isRight) counts.right++
  }

  /** Annotators in the order of their first vote. */
  get names(): ReadonlyArray<string> {
    return [...this.#indices.keys()]
  }

  /** All votes, of items of which nothing is known but these. */
  get votes(): PooledVotes {
    return {
      item: this.#item.values,
      annotator: this.#annotator.values,
      side: this.#side.values,
      pModel: new Float64Array(this.#nItems).fill(0.5),
      nAnnotators: this.#indices.size
    }
  }

  /** Labels of an annotator on planted pairs, and those among them that are right. */
  planted(who: number): { readonly planted: number; readonly right: number } {
    return this.#known[who]!
  }

  /** How often an annotator found each type of injected error, in the order of the types' names. */
  injected(who: number): ReadonlyArray<Injected> {
    return [...this.#known[who]!.injected]
      .map(([errorType, counts]) => ({ errorType, ...counts }))
      .toSorted((a, b) => (a.errorType < b.errorType ? -1 : 1))
  }

  /** How far annotators agree, each with one opinion on an item, and how often the longer text wins. Formulas as in `auditVotes`. */
  habits(): NonNullable<Noise["votes"]> {
    const { votes } = this
    const decided = decidedVotes(OneVoteEach.make(votes), this.#nItems, votes.nAnnotators)
    const nVotes = new Int32Array(this.#nItems)
    for (const item of decided.item) nVotes[item]!++
    const alpha = votes.item.length === 0 ? Number.NaN : krippendorffAlpha(decided).alpha
    const bias = lengthBias(Float64Array.from(this.#winner.values), Float64Array.from(this.#loser.values))
    return {
      alpha: Number.isNaN(alpha) ? null : alpha,
      nOverlapping: nVotes.reduce((n, count) => n + Number(count >= 2), 0),
      longerPreferred: shareOf(Math.round(bias.longerChosen * bias.nPairs), bias.nPairs),
      nDifferentLength: bias.nPairs
    }
  }
}

/** A share with its Wilson interval; null of nothing. */
export const shareOf = (part: number, total: number): Estimate | null => {
  if (total === 0) return null
  const { lower, upper } = wilson(part, total)
  return { estimate: part / total, ci95: [lower, upper] }
}
