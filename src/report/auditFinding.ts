import { calibrationFinding } from "../calibrationFinding.ts"
import type { VoteColumns } from "../cleaners/VoteTable.ts"
import type { VoteAudit } from "../cleaners/auditVotes.ts"
import type { AnnotatorFinding, Estimate, Suspect } from "../Findings.ts"
import { histogram } from "../math/histogram.ts"
import type { FindingOf } from "./Section.ts"

/** What an annotator is called of whom the data have no name. */
export const nobody = "(nobody named)"

/** An audit as the finding that the report shows for every cleaner: annotators that are trusted are left out. */
export const auditFinding = (
  audit: VoteAudit,
  columns: VoteColumns,
  trusted: ReadonlyArray<string>,
  suspects: ReadonlyArray<Suspect>
): FindingOf<"noise"> => {
  const { fit, noiseRate } = audit
  const judged = audit.labelProb.filter((p) => !Number.isNaN(p))
  const ties = new Int32Array(columns.annotators.length)
  const invalid = new Int32Array(columns.annotators.length)
  for (let v = 0; v < columns.item.length; v++) {
    if (columns.verdict[v] === 0) ties[columns.annotator[v]!]!++
    else if (columns.verdict[v] === 2) invalid[columns.annotator[v]!]!++
  }
  const { edges, counts } = histogram(judged, { nBins: 20, lower: 0, upper: 1 })
  return {
    kind: "noise",
    method: audit.method,
    noiseRate: noiseRate === null ? null : estimate(noiseRate.estimate, noiseRate.lower, noiseRate.upper),
    plantedNoiseRate: null,
    annotators: columns.annotators.flatMap((name, k) =>
      name !== null && trusted.includes(name)
        ? []
        : [{ ...annotatorOf(audit, name ?? nobody, k), ties: ties[k]!, invalid: invalid[k]! }]
    ),
    calibration: audit.calibration === null ? null : calibrationFinding(audit.calibration),
    labelProb: { edges: [...edges], counts: [...counts] },
    nLabels: audit.nLabels,
    flagged: audit.flagged.reduce((n, value) => n + value, 0),
    treatment: "keep",
    iterations: fit.iterations,
    converged: fit.converged,
    suspects,
    warnings: audit.warnings.map(({ code, message }) => ({ code, message }))
  }
}

const estimate = (value: number, lower: number, upper: number): Estimate => ({
  estimate: value,
  ci95: [lower, upper]
})

const annotatorOf = (audit: VoteAudit, id: string, k: number): Omit<AnnotatorFinding, "ties" | "invalid"> => {
  const { fit, noiseRate, orderEffects } = audit
  const effect = orderEffects[k]
  const known = noiseRate !== null && !Number.isNaN(fit.reliability[k]!)
  return {
    id,
    nLabels: fit.nLabels[k]!,
    reliability: known ? estimate(fit.reliability[k]!, fit.ci95.lower[k]!, fit.ci95.upper[k]!) : null,
    planted: null,
    firstShare: effect === undefined || effect.firstShare.nCases === 0 ? null : effect.firstShare.share,
    orderAgreement: effect === undefined || effect.inconsistency.nCases === 0 ? null : 1 - effect.inconsistency.share
  }
}
