import type { VoteRow } from "./VoteRow.ts"

interface Pooled {
  /** Of each vote: whose it is, three times, and 0 for the side with the lesser id, 1 for the other, 2 for neither. */
  readonly votes: Array<number>
  nRows: number
  lastRow: number
}

/** The votes on one pair, from all the rows they are in. */
export interface PooledVotes {
  /** The sides, texts and scores are those of the first vote. */
  readonly votes: ReadonlyArray<VoteRow>
  readonly nRows: number
}

/**
 * Puts the votes on each pair together, whichever rows they are in and on whichever side the replies stand.
 *
 * All votes are added before the first is taken. Votes that cannot be read are not kept. Memory is some 400 bytes a pair; no text is kept.
 */
export class VotePool {
  readonly #pairs = new Map<string, Pooled>()
  readonly #annotators = new Map<string | null, number>()
  readonly #names: Array<string | null> = []

  /** Adds a vote; those of one row follow each other. */
  add({ annotator, firstId, pairId, rowIndex, secondId, verdict }: VoteRow): void {
    let pair = this.#pairs.get(pairId)
    if (pair === undefined) this.#pairs.set(pairId, (pair = { votes: [], nRows: 0, lastRow: -1 }))
    if (pair.lastRow !== rowIndex) pair.nRows++
    pair.lastRow = rowIndex
    if (verdict === null) return
    let who = this.#annotators.get(annotator)
    if (who === undefined) {
      this.#annotators.set(annotator, (who = this.#names.length))
      this.#names.push(annotator)
    }
    pair.votes.push(3 * who + (verdict === "tie" ? 2 : (verdict === "first") === firstId <= secondId ? 0 : 1))
  }

  /** The votes on the pair of a vote, the first time it is asked for; null from then on. */
  take(vote: VoteRow): PooledVotes | null {
    const pair = this.#pairs.get(vote.pairId)
    if (pair === undefined) return null
    this.#pairs.delete(vote.pairId)
    const isTurned = vote.firstId > vote.secondId
    const votes = pair.votes.map((code): VoteRow => {
      const side = code % 3
      const verdict = side === 2 ? "tie" : (side === 0) === isTurned ? "second" : "first"
      return { ...vote, annotator: this.#names[Math.floor(code / 3)]!, verdict }
    })
    return { votes: votes.length === 0 ? [{ ...vote, verdict: null }] : votes, nRows: pair.nRows }
  }
}
