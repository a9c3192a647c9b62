import { indexesWhere } from "../math/indexesWhere.ts"
import type { OneVoteEach } from "./OneVoteEach.ts"
import type { Votes } from "./Votes.ts"

/** Opinions with a winner as votes of two classes, 0 for side 1 and 1 for the other side. O(opinions). */
export const decidedVotes = ({ annotator, item, side }: OneVoteEach, nItems: number, nAnnotators: number): Votes => {
  const at = indexesWhere(side.length, (v) => side[v] !== 0)
  return {
    item: Int32Array.from(at, (v) => item[v]!),
    annotator: Int32Array.from(at, (v) => annotator[v]!),
    label: Int8Array.from(at, (v) => (side[v] === 1 ? 0 : 1)),
    nItems,
    nAnnotators,
    nClasses: 2
  }
}
