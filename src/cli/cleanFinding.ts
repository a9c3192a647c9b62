import type { CleanedPairs } from "../cleaners/cleanVotes.ts"
import type { Finding } from "../Findings.ts"
import { auditFinding } from "../report/auditFinding.ts"
import type { CleanRequest } from "./Cleaned.ts"
import { cleanTreatments } from "./cleanMethods.ts"
import type { CleanTally } from "./CleanTally.ts"
import type { CleanVoteTable } from "./cleanVoteTable.ts"

/** What a cleaning learned of the labels: that of the audit behind "re-po", else how many pairs were flagged by what; with all its warnings. */
export const cleanFinding = (
  { method, treatment, trusted }: CleanRequest,
  { votes }: CleanVoteTable,
  { audit }: CleanedPairs,
  tally: CleanTally,
  warnings: ReadonlyArray<{ readonly code: string; readonly message: string }>
): Finding => {
  if (audit !== null) {
    const finding = auditFinding(audit, votes.columns, trusted, tally.suspects)
    return { ...finding, treatment: cleanTreatments[treatment], warnings }
  }
  return {
    kind: "flags",
    rule: method,
    evidence: [method === "rw-gap" ? "scores" : method === "text-model" ? "texts" : "votes"],
    nRows: tally.nPairs,
    flagged: tally.nFlagged,
    unscored: tally.nUnknown,
    ...(warnings.length === 0 ? {} : { warnings })
  }
}
