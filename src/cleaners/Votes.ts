/**
 * Labels of several annotators on the same items, one entry per vote, in any order.
 *
 * For preferences an item is an unordered pair of answers with a fixed side A and side B (see `canonicalVotes`) and the
 * classes are 0 = A is better, 1 = B is better and, where ties are kept, 2 = tie. An annotator may vote more than once on
 * an item; what is not there was not asked.
 */
export interface Votes {
  /** What was judged: 0 to `nItems - 1`. */
  readonly item: Int32Array
  /** Who judged: 0 to `nAnnotators - 1`. */
  readonly annotator: Int32Array
  /** The class given: 0 to `nClasses - 1`. */
  readonly label: Int8Array
  readonly nItems: number
  readonly nAnnotators: number
  /** 2 to 127. */
  readonly nClasses: number
}

/** Throws a RangeError, starting with `action`, unless arrays are of equal length and every index is in range. O(votes). */
export const checkVotes = (action: string, votes: Votes): void => {
  const { annotator, item, label, nAnnotators, nClasses, nItems } = votes
  if (item.length !== annotator.length || item.length !== label.length) {
    throw new RangeError(
      `${action}: found ${item.length} items, ${annotator.length} annotators and ${label.length} labels, expected one ` +
        "of each per vote"
    )
  }
  if (!(Number.isInteger(nClasses) && nClasses >= 2 && nClasses <= 127)) {
    throw new RangeError(`${action}: found ${nClasses} classes, expected 2 to 127`)
  }
  const columns = [
    ["item", item, nItems],
    ["annotator", annotator, nAnnotators],
    ["label", label, nClasses]
  ] as const
  for (const [name, values, end] of columns) {
    for (let i = 0; i < values.length; i++) {
      if (values[i]! < 0 || values[i]! >= end) {
        throw new RangeError(
          `${action}: found ${name} ${values[i]} at vote ${i}, expected 0 to ${end - 1}; leave out votes without one`
        )
      }
    }
  }
}

/** Votes sorted by item. */
export interface VotesByItem {
  /** Votes of item i are at `starts[i]` up to `starts[i + 1]`. */
  readonly starts: Int32Array
  /** `annotator * nClasses + label` of each vote; within an item in the order given. */
  readonly cells: Int32Array
}

/** Sorts votes by item in O(votes + items), 4 bytes per vote and item. The votes are not checked. */
export const votesByItem = ({ annotator, item, label, nClasses, nItems }: Votes): VotesByItem => {
  const starts = new Int32Array(nItems + 1)
  for (let v = 0; v < item.length; v++) starts[item[v]! + 1]!++
  for (let i = 0; i < nItems; i++) starts[i + 1]! += starts[i]!
  const next = starts.slice()
  const cells = new Int32Array(item.length)
  for (let v = 0; v < item.length; v++) cells[next[item[v]!]!++] = annotator[v]! * nClasses + label[v]!
  return { starts, cells }
}

/** Votes per annotator. */
export const votesPerAnnotator = ({ annotator, nAnnotators }: Pick<Votes, "annotator" | "nAnnotators">): Int32Array => {
  const counts = new Int32Array(nAnnotators)
  for (let v = 0; v < annotator.length; v++) counts[annotator[v]!]!++
  return counts
}
