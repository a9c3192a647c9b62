import type { RePoFit, RePoInput } from "./rePo.ts"

/** How a fit answers to the temperature of its evidence. */
export interface TemperatureSlope {
  /** Per annotator, the change of the reliability per unit of log temperature; 0 on the border, NaN where unknown. */
  readonly reliability: Float64Array
  /** Change of the noise rate per unit of log temperature; 0 without a noise rate. */
  readonly noiseRate: number
}

/**
 * Tells how much the reliabilities and the noise rate of a `rePo` fit move when the temperature behind p is off.
 *
 * For `p = sigmoid(margin / temperature)` the fit solves score = 0, so the slope is that of an implicit function:
 * `-sum(p (1 - p) logit(p) / d²) / information`, where d is the density of a label. Times the relative standard error of
 * the temperature (`standardError / temperature` of `fitTemperature`) it is the standard error that calibration adds, the
 * same for all annotators at once: `total² = fit.noiseRate.standardError² + (slope · relative error)²`. A flat prior is
 * assumed. Time O(N), memory O(K). The input must be that of the fit; nothing is checked again.
 *
 * Source: delta method; the derivative is worked out for this file and tested against finite differences.
 */
export const temperatureSlope = ({ annotator, pModel }: RePoInput, fit: RePoFit): TemperatureSlope => {
  const nAnnotators = fit.reliability.length
  const drift = new Float64Array(nAnnotators)
  const information = new Float64Array(nAnnotators)
  for (let i = 0; i < pModel.length; i++) {
    const k = annotator[i]!
    const p = pModel[i]!
    const r = fit.reliability[k]!
    const density = 1 - r + (2 * r - 1) * p
    information[k]! += ((2 * p - 1) / density) ** 2
    if (p > 0 && p < 1) drift[k]! += (p * (1 - p) * Math.log(p / (1 - p))) / density ** 2
  }
  const reliability = fit.reliability.map((r, k) =>
    Number.isNaN(r) ? Number.NaN : r > 0 && r < 1 ? -drift[k]! / information[k]! : 0
  )
  let sum = 0
  let nKnown = 0
  for (let k = 0; k < nAnnotators; k++) {
    if (Number.isNaN(reliability[k]!)) continue
    sum -= fit.nLabels[k]! * reliability[k]!
    nKnown += fit.nLabels[k]!
  }
  return { reliability, noiseRate: nKnown === 0 ? 0 : sum / nKnown }
}
