import { hash128 } from "../math/keyedRandom.ts"
import type { Votes } from "./Votes.ts"

/** Input of `canonicalVotes`: one entry per comparison. */
export interface ShownComparisons {
  /** What was shown, or recorded, first. Ids must be unique over all prompts: answers of two prompts never share one. */
  readonly firstId: ReadonlyArray<string>
  readonly secondId: ReadonlyArray<string>
  /** 0 = the first is better, 1 = the second is better, 2 = tie, anything else = no usable verdict. */
  readonly verdict: Int8Array
  /** Name of who judged. */
  readonly annotator: ReadonlyArray<string>
}

/** Result of `canonicalVotes`. */
export interface CanonicalVotes {
  /** Classes: 0 = A is better, 1 = B is better, 2 = tie where ties are kept. */
  readonly votes: Votes
  /** Per item, the ids of its sides A and B. */
  readonly sides: ReadonlyArray<readonly [a: string, b: string]>
  /** Per annotator index, the name; in the order of first appearance. */
  readonly annotators: ReadonlyArray<string>
  /** Per vote, the index of its comparison. */
  readonly row: Int32Array
  /** Per vote, 1 where side B was shown first. */
  readonly swapped: Uint8Array
  /** Comparisons left out as ties, or for want of a verdict or of two different ids. */
  readonly nTies: number
  readonly nUnusable: number
}

/**
 * Gives every unordered pair of answers a fixed side A and side B, and makes votes for A or B from verdicts.
 *
 * Recorded as chosen and rejected every label reads "first is better", and no method that learns from classes can learn
 * anything. Which of the two becomes A is one bit of a hash of both ids: it does not depend on the order shown, on the
 * verdict, on other rows or on the machine, and is as good as a coin over pairs. Since annotators that see different
 * orders vote on the same sides, a habit of picking the first place shows as error here, not as a lean to A; `swapped`
 * keeps what is needed to measure it.
 *
 * `ties` "omit" (default) leaves ties out and counts them: 2 classes; "class" makes them a third. Items and annotators are
 * numbered in the order of first appearance among the votes kept. Time and memory O(comparisons). Throws a RangeError on
 * arrays of unequal length.
 */
export const canonicalVotes = (shown: ShownComparisons, ties: "omit" | "class" = "omit"): CanonicalVotes => {
  const { annotator: names, firstId, secondId, verdict } = shown
  if (firstId.length !== secondId.length || firstId.length !== verdict.length || firstId.length !== names.length) {
    throw new RangeError(
      `Cannot canonicalise sides: found ${firstId.length} first ids, ${secondId.length} second ids, ${verdict.length} ` +
        `verdicts and ${names.length} annotators, expected one of each per comparison`
    )
  }
  const itemOf = new Map<string, number>()
  const annotatorOf = new Map<string, number>()
  const sides: Array<readonly [string, string]> = []
  const item = new Int32Array(verdict.length)
  const annotator = new Int32Array(verdict.length)
  const label = new Int8Array(verdict.length)
  const row = new Int32Array(verdict.length)
  const swapped = new Uint8Array(verdict.length)
  let nVotes = 0
  let nTies = 0
  let nUnusable = 0
  for (let i = 0; i < verdict.length; i++) {
    const first = firstId[i]!
    const second = secondId[i]!
    const given = verdict[i]!
    if (first === second || given < 0 || given > 2) {
      nUnusable++
      continue
    }
    if (given === 2 && ties === "omit") {
      nTies++
      continue
    }
    const key = first < second ? `${first}\u001f${second}` : `${second}\u001f${first}`
    let index = itemOf.get(key)
    if (index === undefined) {
      index = sides.length
      itemOf.set(key, index)
      const isInOrder = (hash128(key)[0] & 1) === 0
      sides.push(first < second === isInOrder ? [first, second] : [second, first])
    }
    let who = annotatorOf.get(names[i]!)
    if (who === undefined) {
      who = annotatorOf.size
      annotatorOf.set(names[i]!, who)
    }
    const isSwapped = sides[index]![0] === second
    item[nVotes] = index
    annotator[nVotes] = who
    label[nVotes] = given === 2 ? 2 : isSwapped ? 1 - given : given
    row[nVotes] = i
    swapped[nVotes] = isSwapped ? 1 : 0
    nVotes++
  }
  return {
    votes: {
      item: item.slice(0, nVotes),
      annotator: annotator.slice(0, nVotes),
      label: label.slice(0, nVotes),
      nItems: sides.length,
      nAnnotators: annotatorOf.size,
      nClasses: ties === "class" ? 3 : 2
    },
    sides,
    annotators: [...annotatorOf.keys()],
    row: row.slice(0, nVotes),
    swapped: swapped.slice(0, nVotes),
    nTies,
    nUnusable
  }
}
