import { consensus, type ConsensusModel } from "../../src/cleaners/consensus.ts"
import { majorityVote } from "../../src/cleaners/majorityVote.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import type { RealCrowd } from "./realCrowds.ts"

/**
 * Measures the consensus that is chosen on trusted items, on items that were not trusted when it was chosen.
 *
 * Items with gold are dealt into five parts; each is scored by the consensus that had the gold of the other four. Ties count in
 * part. Gives the accuracy, that of majority vote on the same items, and the model chosen for each part.
 */
export const trustedConsensus = ({ gold, votes }: RealCrowd) => {
  const nParts = 5
  const { nClasses } = votes
  const random = keyedRandom("trustedConsensus")
  const golden = [...gold!.keys()].filter((i) => gold![i]! >= 0)
  const partOf = new Map(golden.map((i) => [i, Math.floor(random() * nParts)]))
  const hit = (classProb: Float64Array, i: number) => {
    const row = [...classProb.subarray(i * nClasses, (i + 1) * nClasses)]
    const floor = Math.max(...row) - 1e-9
    return row[gold![i]!]! < floor ? 0 : 1 / row.filter((p) => p >= floor).length
  }
  const majority = majorityVote(votes).classProb
  const chosen: Array<ConsensusModel> = []
  let ofConsensus = 0
  let ofMajority = 0
  for (let part = 0; part < nParts; part++) {
    const trusted = gold!.map((c, i) => (partOf.get(i) === part ? -1 : c))
    const { classProb, model } = consensus(votes, { trusted })
    chosen.push(model)
    for (const i of golden.filter((one) => partOf.get(one) === part)) {
      ofConsensus += hit(classProb, i) / golden.length
      ofMajority += hit(majority, i) / golden.length
    }
  }
  return { consensus: ofConsensus, majority: ofMajority, chosen }
}
