import { Candidates } from "../../schemas/Candidate.ts"
import { Judgments } from "../../schemas/Judgment.ts"
import { enrich } from "../Stage.ts"

/**
 * Says that nobody judges: the order of the candidates is known from how they were made.
 *
 * Gives an empty column of judgments, so that rules which read none (`injected`, `rewritten`, `byTier`) can cut pairs without a
 * call. Judgments that are there already stay.
 */
export const unjudged = () =>
  enrich({
    name: "unjudged",
    needs: Candidates,
    uses: Judgments,
    gives: Judgments,
    rows: (rows) => rows.map(({ judgments = [] }) => ({ judgments }))
  })
