import { adjacentRanks } from "../pairings/adjacentRanks.ts"
import { allPairs } from "../pairings/allPairs.ts"
import { bestWorst } from "../pairings/bestWorst.ts"
import type { PairRule } from "../pairings/PairRule.ts"

/**
 * The rules by which a conversion cuts pairs from ranked lists, by their names on the command line.
 *
 * Equally good replies never make a pair. Where several are the best, or the worst, `best-worst` draws one of them by the texts. Texts
 * that are nearly identical pass, since a conversion does not clean. A list of two replies is a pair unless they are equally good.
 */
export const listRules = {
  "best-worst": { ...bestWorst({ tie: "random" }), maxSimilarity: 1 },
  adjacent: { ...adjacentRanks(), maxSimilarity: 1 },
  all: { ...allPairs(), maxSimilarity: 1 }
} satisfies Readonly<Record<string, PairRule>>
