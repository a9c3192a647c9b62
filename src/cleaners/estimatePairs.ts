import { indexesWhere } from "../math/indexesWhere.ts"
import { wilson } from "../math/wilson.ts"
import { auditVotes, type VoteAudit } from "./auditVotes.ts"
import { consensus } from "./consensus.ts"
import { dawidSkene } from "./dawidSkene.ts"
import { glad } from "./glad.ts"
import { majorityVote } from "./majorityVote.ts"
import type { MissingEvidence } from "./MissingEvidence.ts"
import type { VoteColumns } from "./VoteTable.ts"
import type { Votes } from "./Votes.ts"

/** What tells from votes which of two answers is better. */
export type VoteMethod = "rePo" | "majority" | "consensus" | "dawidSkene" | "glad"

/** What votes say about pairs. */
export interface PairEstimates {
  /** Per pair, the probability that side A is better; NaN where it cannot be told. */
  readonly pBetter: Float64Array
  /** The model and why it was taken, in words. */
  readonly words: string
  /** The audit that "rePo" is; null for the other methods. */
  readonly audit: VoteAudit | null
}

/**
 * Estimates from votes, by one of five methods, which side of each pair is better, or says what is missing.
 *
 * "rePo" gives the posteriors of `auditVotes`. "majority" is the share of the votes; "consensus" chooses a crowd model; "dawidSkene" and "glad"
 * are those. A pair that trusted annotators or a column of truth settle is 1 or 0 with every method, and no model sees these votes. Where votes
 * are only counted a pair with one vote has no estimate.
 *
 * Refuses where no pair has two votes; for "dawidSkene" and "glad" where fewer than three annotators share pairs; for "rePo" where the audit
 * gives no noise rate; and where known pairs show that what the votes agree on is wrong more often than right. Deterministic. Time that of
 * the method.
 */
export const estimatePairs = (
  columns: VoteColumns,
  method: VoteMethod,
  trusted: ReadonlyArray<string> = []
): PairEstimates | MissingEvidence => {
  const known = knownSides(columns, trusted)
  const estimated = method === "rePo" ? byAudit(columns, trusted) : byCrowd(columns, method, trusted, known)
  if (!("pBetter" in estimated)) return estimated
  return misledBy(estimated.seen, known) ?? { ...estimated, pBetter: settle(estimated.pBetter, known) }
}

/** Per pair, the side that is known to be right from elsewhere than the votes that are judged, or 0. */
const knownSides = (
  { annotator, annotators, item, prompt, side, truth }: VoteColumns,
  trusted: ReadonlyArray<string>
) => {
  const isTrusted = annotators.map((name) => name !== null && trusted.includes(name))
  const lead = new Int32Array(prompt.length)
  for (let v = 0; v < item.length; v++) if (isTrusted[annotator[v]!] === true) lead[item[v]!]! += side[v]!
  return Int8Array.from(truth, (right, i) => right || Math.sign(lead[i]!))
}

const settle = (pBetter: Float64Array, known: Int8Array): Float64Array =>
  pBetter.map((p, i) => (known[i] === 0 ? p : Number(known[i] === 1)))

/** An estimate with what the model says of pairs whose truth it did not see; NaN where it saw it or says nothing. */
interface Estimated extends PairEstimates {
  readonly seen: Float64Array
}

const byAudit = (columns: VoteColumns, trusted: ReadonlyArray<string>): Estimated | MissingEvidence => {
  const audit = auditVotes(columns, { trusted })
  const pBetter = new Float64Array(columns.prompt.length).fill(Number.NaN)
  for (const [v, p] of audit.labelProb.entries()) {
    if (!Number.isNaN(p)) pBetter[columns.item[v]!] = columns.side[v] === 1 ? p : 1 - p
  }
  if (audit.noiseRate === null) {
    const [reason] = audit.warnings.toSorted((a, b) => Number(refuses(b)) - Number(refuses(a)))
    return { found: reason?.message ?? "votes that tell nothing about who is right", expected: null }
  }
  const words = `${audit.method}, the posteriors that prefloom audit gives`
  return { pBetter, words, audit, seen: new Float64Array(pBetter.length).fill(Number.NaN) }
}

const refuses = (warning: VoteAudit["warnings"][number]): boolean => "refuses" in warning && warning.refuses

const byCrowd = (
  columns: VoteColumns,
  method: Exclude<VoteMethod, "rePo">,
  trusted: ReadonlyArray<string>,
  known: Int8Array
): Estimated | MissingEvidence => {
  const { annotator, annotators, item, side } = columns
  const isTrusted = annotators.map((name) => name !== null && trusted.includes(name))
  const at = indexesWhere(item.length, (v) => side[v] !== 0 && isTrusted[annotator[v]!] !== true)
  const votes: Votes = {
    item: Int32Array.from(at, (v) => item[v]!),
    annotator: Int32Array.from(at, (v) => annotator[v]!),
    label: Int8Array.from(at, (v) => (side[v] === 1 ? 0 : 1)),
    nItems: known.length,
    nAnnotators: annotators.length,
    nClasses: 2
  }
  const { nSharing, nVotes } = sharing(votes)
  if (!nVotes.some((n) => n > 1)) {
    return { found: `at most one vote on each of ${known.length} pairs`, expected: "two votes or more on some of them" }
  }
  if ((method === "dawidSkene" || method === "glad") && nSharing < 3) {
    const expected = "three, since a model of annotators learns from how they agree"
    return { found: `${nSharing} annotators who judged pairs that others judged too`, expected }
  }
  const { classProb, words, isCounting } = modelOf(method, votes, known)
  const p = Float64Array.from(nVotes, (n, i) => (n === 0 || (isCounting && n === 1) ? Number.NaN : classProb[2 * i]!))
  return { pBetter: p, words, audit: null, seen: p }
}

/** Votes per pair, and annotators who judged a pair that another one judged as well. */
const sharing = ({ annotator, item, nAnnotators, nItems }: Votes) => {
  const nVotes = new Int32Array(nItems)
  const first = new Int32Array(nItems).fill(-1)
  const hasTwo = new Uint8Array(nItems)
  const shares = new Uint8Array(nAnnotators)
  for (let v = 0; v < item.length; v++) {
    const i = item[v]!
    nVotes[i]!++
    if (first[i] === -1) first[i] = annotator[v]!
    else if (first[i] !== annotator[v]) hasTwo[i] = 1
  }
  for (let v = 0; v < item.length; v++) if (hasTwo[item[v]!] === 1) shares[annotator[v]!] = 1
  return { nVotes, nSharing: shares.reduce((n, value) => n + value, 0) }
}

const modelOf = (method: Exclude<VoteMethod, "rePo">, votes: Votes, known: Int8Array) => {
  switch (method) {
    case "majority":
      return { classProb: majorityVote(votes).classProb, words: "majority vote", isCounting: true }
    case "dawidSkene":
      return { classProb: dawidSkene(votes).classProb, words: "Dawid-Skene", isCounting: false }
    case "glad":
      return { classProb: glad(votes).classProb, words: "GLAD", isCounting: false }
    case "consensus": {
      const truth = known.map((side) => (side === 0 ? -1 : side === 1 ? 0 : 1))
      const { classProb, model, reason } = consensus(votes, { trusted: truth })
      return { classProb, words: reason, isCounting: model === "majority" }
    }
  }
}

/** Says so where pairs with a known truth show that the estimates are wrong more often than right. */
const misledBy = (seen: Float64Array, known: Int8Array): MissingEvidence | undefined => {
  const tested = indexesWhere(seen.length, (i) => known[i] !== 0 && !Number.isNaN(seen[i]!) && seen[i] !== 0.5)
  const nRight = tested.reduce((n, i) => n + Number(seen[i]! > 0.5 === (known[i] === 1)), 0)
  if (wilson(nRight, tested.length).upper >= 0.5) return undefined
  return {
    found: `what the votes agree on right for ${nRight} of ${tested.length} pairs whose right order is known`,
    expected: "more than half: most annotators are fooled, and agreement proves nothing"
  }
}
