import type { FindingOf } from "../Section.ts"

/** Warnings that take the noise rate and the reliabilities away. */
const refusals: ReadonlySet<string> = new Set([
  "noEvidence",
  "oneVote",
  "tooFewOverlaps",
  "majorityBelowChance",
  "correlatedJudges",
  "noInterval",
  "otherNoise",
  "evidenceFromLabels",
  "mirrored"
])

/** Why a finding has no noise rate, in the words of its warning; undefined where no warning says it. */
export const whyUnknown = ({ warnings }: FindingOf<"noise">): string | undefined =>
  warnings.find(({ code }) => refusals.has(code))?.message
