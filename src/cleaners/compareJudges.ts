import { mixBits } from "../math/hash32.ts"
import { indexesWhere } from "../math/indexesWhere.ts"
import { effectiveJudges, type JudgeFamily } from "./effectiveJudges.ts"
import type { OneVoteEach } from "./OneVoteEach.ts"
import type { PooledRePoFit } from "./pooledRePo.ts"
import type { VoteColumns } from "./VoteTable.ts"

/** Votes in which dependence between judges is looked for; more show nothing else and take time and memory. */
const mostCompared = 300_000

/**
 * How independent all annotators are, and those of each named family, against the truth where it is given, else against what they
 * agree on.
 *
 * Of very many votes those on some pairs are taken, the same for the same numbers of pairs and votes.
 */
export const compareJudges = (
  { annotators, families }: Pick<VoteColumns, "annotators" | "families">,
  once: Pick<OneVoteEach, "item" | "annotator" | "side">,
  { posterior }: Pick<PooledRePoFit, "posterior">,
  given: Int8Array | null
) => {
  const truth = given ?? Int8Array.from(posterior, (p) => (p === 0.5 ? 0 : p > 0.5 ? 1 : -1))
  const share = mostCompared / Math.max(mostCompared, once.side.length)
  const isTaken = Uint8Array.from(truth, (_, i) => (mixBits(i) >>> 0 < share * 2 ** 32 ? 1 : 0))
  const at = indexesWhere(once.side.length, (v) => isTaken[once.item[v]!] === 1)
  const votes = {
    item: Int32Array.from(at, (v) => once.item[v]!),
    annotator: Int32Array.from(at, (v) => once.annotator[v]!),
    side: Int8Array.from(at, (v) => once.side[v]!),
    truth
  }
  const none: JudgeFamily = { family: 0, nJudges: 0, meanCorrelation: null, effectiveJudges: null, nComparisons: 0 }
  const [together = none] = effectiveJudges({ ...votes, family: new Int32Array(annotators.length) })
  const names = [...new Set(families.filter((name) => name !== null))]
  // Annotators without a family are families of one.
  const family = Int32Array.from(families, (name, k) => (name === null ? names.length + k : names.indexOf(name)))
  return {
    together,
    families: names.length === 0 ? [] : effectiveJudges({ ...votes, family }),
    familyNames: new Map(names.map((name, number) => [number, `"${name}"`]))
  }
}
