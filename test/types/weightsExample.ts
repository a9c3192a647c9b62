import { type Finding, labelSmoothing } from "prefloom"

export const smoothingOf = (finding: Extract<Finding, { kind: "noise" }>) => {
  const { labelSmoothing: figure, ci95, warnings } = labelSmoothing(finding.noiseRate)
  return { figure, ci95, warnings }
}
