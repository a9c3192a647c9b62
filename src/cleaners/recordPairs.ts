import { TypedList } from "../math/TypedList.ts"
import { checkColumns } from "./Flags.ts"
import type { VoteColumns } from "./VoteTable.ts"

/** Votes with where they stand: arrays have one entry per vote. */
export interface PlacedVotes {
  readonly columns: VoteColumns
  /** The row of the data that the vote is in; several votes may share one. Default the number of the vote. */
  readonly row?: Int32Array
  /** The part of the data set that the row is in, such as train or test, from 0. Default 0 for all. */
  readonly part?: Int32Array
}

/** What the votes on each pair come to, part by part: one entry per pair unless said otherwise, in the order of first appearance. */
export interface RecordedPairs {
  /** Index of the pair in the columns, which may be in several parts. */
  readonly item: Int32Array
  readonly part: Int32Array
  /** The order that is recorded: 1 where side A is the better one, -1 for B, 0 where no vote has a winner or most are ties. */
  readonly side: Int8Array
  /**
   * The vote that stands for the pair: the first in the recorded order, or the first tie where there is no order; else the first with a
   * winner; else the first vote.
   */
  readonly vote: Int32Array
  /** Votes for the recorded order, and for the other; 0 and 0 where there is none. */
  readonly nFor: Int32Array
  readonly nAgainst: Int32Array
  /** 1 where a trusted annotator or a column of truth decided. */
  readonly isSettled: Uint8Array
  /** Per vote, the pair it is about. */
  readonly pairOfVote: Int32Array
}

/**
 * Makes one recorded order of all votes on a pair: what a column of truth says, else trusted annotators where they are not divided, else what
 * most votes say, else what the first says. Where more votes are ties than name the winner, there is none.
 *
 * The same pair in two parts of a data set is two pairs, so that parts stay apart. Unreadable votes and votes between equal texts have
 * no say. Votes are counted one by one, whoever gave them. Time and memory O(votes + pairs · parts). Throws a RangeError on unequal lengths.
 */
export const recordPairs = (votes: PlacedVotes, trusted: ReadonlyArray<string> = []): RecordedPairs => {
  const { annotator, annotators, item, side, truth, verdict } = votes.columns
  const nVotes = item.length
  const { part = new Int32Array(nVotes), row } = votes
  checkColumns("Cannot record pairs", nVotes, { part, ...(row === undefined ? {} : { row }) })
  const isTrusted = annotators.map((name) => name !== null && trusted.includes(name))
  const { firstVote, pairOfVote } = numberPairs(item, part, votes.columns.prompt.length)
  const nPairs = firstVote.length
  /** Votes for side A less those for B, of all and of trusted annotators. */
  const lead = new Int32Array(nPairs)
  const trustedLead = new Int32Array(nPairs)
  const nDecided = new Int32Array(nPairs)
  const firstSide = new Int8Array(nPairs)
  /** The first vote with a winner, and the first tie. */
  const firstDecided = new Int32Array(nPairs).fill(-1)
  const firstTie = new Int32Array(nPairs).fill(-1)
  const nTies = new Int32Array(nPairs)
  for (let v = 0; v < nVotes; v++) {
    const g = pairOfVote[v]!
    if (verdict[v] === 0) nTies[g]!++
    if (verdict[v] === 0 && firstTie[g] === -1) firstTie[g] = v
    if (side[v] === 0) continue
    lead[g]! += side[v]!
    nDecided[g]!++
    if (isTrusted[annotator[v]!] === true) trustedLead[g]! += side[v]!
    if (firstDecided[g] !== -1) continue
    firstDecided[g] = v
    firstSide[g] = side[v]!
  }
  // Of equal texts neither can be right, so a pair without a vote that counts stays without an order.
  const settled = Int8Array.from(trustedLead, (value, g) =>
    firstSide[g] === 0 ? 0 : truth[item[firstVote[g]!]!]! || Math.sign(value)
  )
  const recorded = firstSide.map((first, g) => {
    if (settled[g] !== 0) return settled[g]!
    return 2 * nTies[g]! > nDecided[g]! + Math.abs(lead[g]!) ? 0 : Math.sign(lead[g]!) || first
  })
  const vote = new Int32Array(nPairs).fill(-1)
  for (let v = 0; v < nVotes; v++) {
    const g = pairOfVote[v]!
    const stands = recorded[g] === 0 ? v === firstTie[g] : side[v] === recorded[g]
    if (stands && vote[g] === -1) vote[g] = v
  }
  return {
    item: Int32Array.from(firstVote, (v) => item[v]!),
    part: Int32Array.from(firstVote, (v) => part[v]!),
    side: recorded,
    vote: vote.map((v, g) => [v, firstDecided[g]!].find((one) => one !== -1) ?? firstVote[g]!),
    nFor: nDecided.map((n, g) => (recorded[g] === 0 ? 0 : (n + recorded[g]! * lead[g]!) / 2)),
    nAgainst: nDecided.map((n, g) => (recorded[g] === 0 ? 0 : (n - recorded[g]! * lead[g]!) / 2)),
    isSettled: Uint8Array.from(settled, (value) => Number(value !== 0)),
    pairOfVote
  }
}

/** Numbers the pairs of each part in the order in which they first appear; the first vote of each, and the pair of each vote. */
const numberPairs = (item: Int32Array, part: Int32Array, nItems: number) => {
  const nParts = part.reduce((most, p) => Math.max(most, p + 1), 1)
  const numbers = new Int32Array(nItems * nParts).fill(-1)
  const firstVote = new TypedList(Int32Array)
  const pairOfVote = new Int32Array(item.length)
  for (let v = 0; v < item.length; v++) {
    const at = item[v]! * nParts + part[v]!
    if (numbers[at] === -1) {
      numbers[at] = firstVote.length
      firstVote.push(v)
    }
    pairOfVote[v] = numbers[at]!
  }
  return { firstVote: firstVote.values, pairOfVote }
}
