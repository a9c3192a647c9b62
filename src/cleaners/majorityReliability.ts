import { type ReliabilityInterval, reliabilityInterval } from "./reliabilityInterval.ts"
import type { PooledVotes } from "./unidentifiedAnnotators.ts"

/** How often the majority is right, by evidence that is not the votes. */
export interface MajorityReliability extends ReliabilityInterval {
  /** Items with a majority and evidence: those the estimate rests on. */
  readonly nItems: number
  /** Items with as many votes for one side as for the other. */
  readonly nTied: number
}

/**
 * Estimates how often the majority of the votes on an item is right, by the evidence about the items.
 *
 * The majority is treated as one annotator, with the interval of `reliabilityInterval`. Evidence is `pModel`, calibrated
 * and made without these votes: 0 or 1 where a trusted label settles the item, 1/2 where nothing is known; items within
 * 1e-6 of 1/2 do not count. An interval below 1/2 means that the majority misleads: whatever is built on agreement
 * (majority vote, Dawid-Skene, a pooled fit without evidence) then finds the mirrored answer, the surer the more judges
 * there are. Without such items the estimate is NaN and the interval [0, 1].
 * Time O(votes + items). Arrays as for `pooledRePo`, which checks them.
 */
export const majorityReliability = ({ item, pModel, side }: Omit<PooledVotes, "annotator" | "nAnnotators">) => {
  const balance = new Int32Array(pModel.length)
  const isVoted = new Uint8Array(pModel.length)
  for (let v = 0; v < item.length; v++) {
    balance[item[v]!]! += side[v]!
    if (side[v] !== 0) isVoted[item[v]!] = 1
  }
  const nTied = balance.reduce((n, value, i) => n + (value === 0 ? isVoted[i]! : 0), 0)
  const decided = Uint32Array.from(balance.keys()).filter((i) => balance[i] !== 0 && Math.abs(pModel[i]! - 0.5) > 1e-6)
  const ofMajority = Float64Array.from(decided, (i) => (balance[i]! > 0 ? pModel[i]! : 1 - pModel[i]!))
  const result: MajorityReliability = { ...reliabilityInterval(ofMajority), nItems: decided.length, nTied }
  return result
}
