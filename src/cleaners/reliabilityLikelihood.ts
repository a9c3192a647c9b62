/** Beta prior of a reliability: its density is proportional to `r^(a - 1) (1 - r)^(b - 1)`. */
export interface BetaPrior {
  /** At least 1, so that the log-density is concave; `a - 1` right labels seen beforehand. */
  readonly a: number
  /** At least 1; `b - 1` wrong labels seen beforehand. */
  readonly b: number
}

/** The prior that says nothing: every reliability is as likely as any other, so maximum a posteriori is maximum likelihood. */
export const flatPrior: BetaPrior = { a: 1, b: 1 }

/** Log-likelihood of one annotator's labels at one reliability, with its slope and curvature. */
export interface ReliabilityLikelihood {
  /** In nats, summed over the labels, plus the log-density of the prior without its constant. */
  readonly logLikelihood: number
  /** First derivative in the reliability. */
  readonly score: number
  /** Minus the second derivative; the observed information. */
  readonly information: number
}

/**
 * Sums `log(p r + (1 - p)(1 - r))` over the labels of one annotator, with its first two derivatives in r.
 *
 * `pModel` has one entry per label: the probability, in [0, 1], that the recorded order is the noise-free one;
 * `reliability` is in [0, 1]. A likelihood of 0 gives minus infinity. Concave in r for every prior with a, b >= 1.
 * The densities are multiplied and a logarithm is taken only when the product runs out of range. Time O(labels).
 *
 * Source: RE-PO, https://arxiv.org/abs/2509.24159, section 4 and the proof of theorem 4.1
 */
export const reliabilityLikelihood = (
  pModel: Float64Array,
  reliability: number,
  { a, b }: BetaPrior = flatPrior
): ReliabilityLikelihood => {
  const base = 1 - reliability
  const slope = 2 * reliability - 1
  let logLikelihood = 0
  let product = 1
  let score = 0
  let information = 0
  for (let i = 0; i < pModel.length; i++) {
    const p = pModel[i]!
    const density = base + slope * p
    const ratio = (2 * p - 1) / density
    score += ratio
    information += ratio * ratio
    product *= density
    if (product < 1e-200) {
      logLikelihood += Math.log(product)
      product = 1
    }
  }
  logLikelihood += Math.log(product)
  if (a > 1) {
    logLikelihood += (a - 1) * Math.log(reliability)
    score += (a - 1) / reliability
    information += (a - 1) / reliability ** 2
  }
  if (b > 1) {
    logLikelihood += (b - 1) * Math.log(base)
    score -= (b - 1) / base
    information += (b - 1) / base ** 2
  }
  return { logLikelihood, score, information }
}
