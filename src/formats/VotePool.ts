import { HashIndex } from "../math/HashIndex.ts"
import { TypedList } from "../math/TypedList.ts"
import type { VoteRow } from "./VoteRow.ts"

/** The votes on one pair, from all the rows they are in. */
export interface PooledVotes {
  /** The sides, texts and scores are those of the first vote. */
  readonly votes: ReadonlyArray<VoteRow>
  readonly nRows: number
}

const none = -1

/**
 * Puts the votes on each pair together, whichever rows they are in and on whichever side the replies stand.
 *
 * All votes are added before the first is taken. Votes that cannot be read are not kept. Memory is some 80 bytes a pair and 20 a vote, all of it
 * numbers in typed arrays, and the names of the annotators; no text of a row is kept. Two pairs are taken for one as rarely as `HashIndex` says.
 */
export class VotePool {
  readonly #pairs = new HashIndex()
  /** Of each pair: how many rows, the last of them, and its first and last vote. */
  readonly #nRows = new TypedList(Int32Array)
  readonly #lastRow = new TypedList(Int32Array)
  readonly #firstVote = new TypedList(Int32Array)
  readonly #lastVote = new TypedList(Int32Array)
  /** Of each vote: whose it is, three times, and 0 for the side with the lesser id, 1 for the other, 2 for neither. */
  readonly #codes = new TypedList(Int32Array)
  /** The next vote on the same pair. */
  readonly #next = new TypedList(Int32Array)
  readonly #annotators = new Map<string | null, number>()
  readonly #names: Array<string | null> = []

  /** Adds a vote; those of one row follow each other. */
  add({ annotator, firstId, pairId, rowIndex, secondId, verdict }: VoteRow): void {
    const pair = this.#pairs.add(pairId)
    if (pair === this.#nRows.length) {
      this.#nRows.push(0)
      for (const list of [this.#lastRow, this.#firstVote, this.#lastVote]) list.push(none)
    }
    if (this.#lastRow.values[pair] !== rowIndex) this.#nRows.values[pair]!++
    this.#lastRow.values[pair] = rowIndex
    if (verdict === null) return
    let who = this.#annotators.get(annotator)
    if (who === undefined) {
      this.#annotators.set(annotator, (who = this.#names.length))
      this.#names.push(annotator)
    }
    const vote = this.#codes.length
    this.#codes.push(3 * who + (verdict === "tie" ? 2 : (verdict === "first") === firstId <= secondId ? 0 : 1))
    this.#next.push(none)
    const before = this.#lastVote.values[pair]!
    if (before === none) this.#firstVote.values[pair] = vote
    else this.#next.values[before] = vote
    this.#lastVote.values[pair] = vote
  }

  /** The votes on the pair of a vote, the first time it is asked for; null from then on. */
  take(vote: VoteRow): PooledVotes | null {
    const pair = this.#pairs.add(vote.pairId)
    const nRows = this.#nRows.values[pair] ?? 0
    if (nRows === 0) return null
    this.#nRows.values[pair] = 0
    const isTurned = vote.firstId > vote.secondId
    const votes: Array<VoteRow> = []
    for (let at = this.#firstVote.values[pair]!; at !== none; at = this.#next.values[at]!) {
      const code = this.#codes.values[at]!
      const side = code % 3
      const verdict = side === 2 ? "tie" : (side === 0) === isTurned ? "second" : "first"
      votes.push({ ...vote, annotator: this.#names[Math.floor(code / 3)]!, verdict })
    }
    return { votes: votes.length === 0 ? [{ ...vote, verdict: null }] : votes, nRows }
  }
}
