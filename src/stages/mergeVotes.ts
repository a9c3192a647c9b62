import type { Candidate } from "../../schemas/Candidate.ts"
import type { Judgment } from "../../schemas/Judgment.ts"
import { pooledRePo } from "../cleaners/pooledRePo.ts"
import { TypedList } from "../math/TypedList.ts"

interface Group {
  readonly candidates: ReadonlyArray<Candidate>
  readonly judgments: ReadonlyArray<Judgment>
}

/** One vote on one item of a group: side 1 or -1. */
interface Vote {
  readonly annotator: string
  readonly side: 1 | -1
}

/** What is voted on, the candidates it is about, and the votes. */
interface Item {
  readonly first: number
  readonly second: number | null
  readonly votes: ReadonlyArray<Vote>
}

/**
 * Merges votes over a whole set by EM over annotators: who agrees with the others counts more (`pooledRePo` without evidence).
 *
 * Without `passes` the votes are comparisons with a winner, and a candidate's score is the mean over the candidates it was compared
 * with of `2 p - 1`, where p is the posterior that it is the better one. With `passes` the votes are ratings, yes from that score on,
 * and the score is the posterior that the answer is good. NaN without votes. Call `see` with each row, then `settle`, and its result with the
 * same rows in the same order. Memory 9 bytes a vote and 8 an item.
 */
export const mergeVotes = (passes: number | undefined, isRead: (judgment: Judgment) => boolean) => {
  const item = new TypedList(Int32Array)
  const annotator = new TypedList(Int32Array)
  const side = new TypedList(Int8Array)
  const indices = new Map<string, number>()
  let nItems = 0
  const itemsOf = (row: Group) => (passes === undefined ? comparedItems(row, isRead) : ratedItems(row, isRead, passes))
  return {
    see: (row: Group): void => {
      for (const { votes } of itemsOf(row)) {
        for (const vote of votes) {
          let index = indices.get(vote.annotator)
          if (index === undefined) indices.set(vote.annotator, (index = indices.size))
          item.push(nItems)
          annotator.push(index)
          side.push(vote.side)
        }
        nItems++
      }
    },
    settle: () => {
      const { posterior } = pooledRePo({
        item: item.values,
        annotator: annotator.values,
        side: side.values,
        pModel: new Float64Array(nItems).fill(0.5),
        nAnnotators: indices.size
      })
      let next = 0
      return (row: Group): ReadonlyArray<number> => {
        const sums = row.candidates.map(() => ({ sum: 0, n: 0 }))
        for (const { first, second } of itemsOf(row)) {
          const p = posterior[next++]!
          for (const [candidate, value] of second === null
            ? [[first, p]]
            : [
                [first, 2 * p - 1],
                [second, 1 - 2 * p]
              ]) {
            sums[candidate!]!.sum += value!
            sums[candidate!]!.n++
          }
        }
        return sums.map(({ n, sum }) => sum / n)
      }
    }
  }
}

/** Every two candidates that were compared with a winner, each two once; side 1 is the one that comes first in the group. */
const comparedItems = (row: Group, isRead: (judgment: Judgment) => boolean): ReadonlyArray<Item> => {
  const places = new Map(row.candidates.map(({ id }, index) => [id, index]))
  const items = new Map<string, { first: number; second: number; votes: Array<Vote> }>()
  for (const judgment of row.judgments) {
    const { annotator, firstId, secondId, verdict } = judgment
    if (secondId === null || (verdict !== "first" && verdict !== "second") || !isRead(judgment)) continue
    const shown = places.get(firstId)
    const other = places.get(secondId)
    if (shown === undefined || other === undefined || shown === other) continue
    const key = `${Math.min(shown, other)} ${Math.max(shown, other)}`
    let found = items.get(key)
    if (found === undefined) {
      items.set(key, (found = { first: Math.min(shown, other), second: Math.max(shown, other), votes: [] }))
    }
    found.votes.push({ annotator, side: (verdict === "first") === shown < other ? 1 : -1 })
  }
  return [...items.values()]
}

/** Every candidate that was rated; side 1 says that it is good. */
const ratedItems = (row: Group, isRead: (judgment: Judgment) => boolean, passes: number): ReadonlyArray<Item> =>
  row.candidates.flatMap(({ id }, first): ReadonlyArray<Item> => {
    const votes = row.judgments
      .filter((judgment) => judgment.firstId === id && judgment.secondId === null && isRead(judgment))
      .flatMap(({ annotator, score }): ReadonlyArray<Vote> =>
        score === null ? [] : [{ annotator, side: score >= passes ? 1 : -1 }]
      )
    return votes.length === 0 ? [] : [{ first, second: null, votes }]
  })
