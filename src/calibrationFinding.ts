import type { CrossCalibration } from "./cleaners/crossCalibrate.ts"
import type { Finding } from "./Findings.ts"

/** A calibration as the report shows it; null where there is no temperature. */
export const calibrationFinding = ({
  after,
  before,
  nTrusted,
  temperature
}: CrossCalibration): Extract<Finding, { readonly kind: "noise" }>["calibration"] => {
  if (after === null || temperature === null) return null
  return {
    temperature,
    eceBefore: before.calibrationError,
    eceAfter: after.calibrationError,
    nTrusted,
    bins: after.bins.map(({ meanPredicted, observedShare, count }) => ({
      predicted: meanPredicted,
      observed: observedShare,
      count
    }))
  }
}
