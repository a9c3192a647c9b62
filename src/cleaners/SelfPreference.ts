import { wilson } from "../math/wilson.ts"

/** How often a judge prefers its own replies, beside how often others prefer them. */
export interface SelfPreferenceResult {
  readonly annotator: string
  /** Votes with a winner in which one of the two replies is the judge's own. */
  readonly nOwn: number
  /** Share of them that its own reply won, with its 95 % Wilson interval. */
  readonly ownShare: number
  readonly lower: number
  readonly upper: number
  /** The same share by other annotators about the same model's replies; null where there are none. */
  readonly othersShare: number | null
  readonly nOthers: number
}

/**
 * Counts how often judges prefer replies of the model they are themselves.
 *
 * A judge is a model where the names are the same but for case and signs. That its own replies win more often than others say is
 * a sign of self-preference; without others it may as well be the better model. The pairs that others saw need not be the same.
 * Memory some 100 bytes an annotator and model.
 *
 * Source: Panickssery et al. 2024, https://arxiv.org/abs/2404.13076
 */
export class SelfPreference {
  /** By model: votes about its replies and those they won, by annotator. */
  readonly #models = new Map<string, Map<string, { votes: number; won: number }>>()
  readonly #names = new Map<string, string>()

  /** Takes in a vote with a winner on replies of two models; votes on two replies of one model say nothing. */
  add(annotator: string, winner: string, loser: string): void {
    const [judge, better, worse] = [plain(annotator), plain(winner), plain(loser)]
    if (better === worse) return
    this.#names.set(judge, annotator)
    this.#count(better, judge, true)
    this.#count(worse, judge, false)
  }

  /** One result for each annotator that is also a model, in the order of first appearance. */
  results(): ReadonlyArray<SelfPreferenceResult> {
    return [...this.#names].flatMap(([judge, annotator]) => {
      const votes = this.#models.get(judge)
      const own = votes?.get(judge)
      if (votes === undefined || own === undefined) return []
      let nOthers = 0
      let won = 0
      for (const [other, count] of votes) {
        if (other === judge) continue
        nOthers += count.votes
        won += count.won
      }
      return [
        {
          annotator,
          nOwn: own.votes,
          ownShare: own.won / own.votes,
          ...wilson(own.won, own.votes),
          othersShare: nOthers === 0 ? null : won / nOthers,
          nOthers
        }
      ]
    })
  }

  #count(model: string, judge: string, isWon: boolean): void {
    let votes = this.#models.get(model)
    if (votes === undefined) this.#models.set(model, (votes = new Map<string, { votes: number; won: number }>()))
    let count = votes.get(judge)
    if (count === undefined) votes.set(judge, (count = { votes: 0, won: 0 }))
    count.votes++
    if (isWon) count.won++
  }
}

const plain = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "")
