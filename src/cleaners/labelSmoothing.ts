/** The figure for a trainer, with what its user has to know. */
export interface LabelSmoothing {
  /** For TRL `DPOConfig(loss_type=["robust"], label_smoothing=…)`, in [0, 0.5); null where no figure can be given. */
  readonly labelSmoothing: number | null
  /** 95 % interval of the noise rate, as given. */
  readonly ci95: readonly [number, number] | null
  readonly warnings: ReadonlyArray<{ readonly code: string; readonly message: string }>
}

/**
 * Turns an estimated share of wrong labels into the `label_smoothing` of a noise-robust loss.
 *
 * `rate` is a finding's `noiseRate`: a share in [0, 1] with its 95 % interval, null where nothing is known. TRL's `DPOTrainer`
 * reads `label_smoothing` for `loss_type` "robust" as the probability that a preference is flipped. It divides the loss by `1 - 2
 * label_smoothing` and does no more than warn from 0.5 on. Its "sigmoid" does not read the figure. A conservative loss (cDPO), where a trainer has one, takes the same figure.
 *
 * The rate has to be that of the pairs that are trained on: after "flip", "remove" or pooling of votes it is the mean of `1 -
 * labelProb` over the pairs written, no longer the rate of the single votes. Null with a warning where the rate is unknown or 0.5 or
 * more; a warning too where the interval reaches 0.5. Throws a RangeError on numbers that are no shares, or out of order.
 *
 * Source: Chowdhury, Kini and Natarajan 2024 (robust DPO), https://arxiv.org/abs/2403.00409; Mitchell 2023 (cDPO),
 * https://ericmitchell.ai/cdpo.pdf
 */
export const labelSmoothing = (
  rate: { readonly estimate: number; readonly ci95: readonly [number, number] } | null
): LabelSmoothing => {
  const none = { labelSmoothing: null, ci95: rate?.ci95 ?? null }
  if (rate === null) {
    const message =
      "The noise rate is not known, so no label smoothing can be given; have several annotators judge the same pairs, or calibrate on trusted ones"
    return { ...none, warnings: [{ code: "unknownNoise", message }] }
  }
  const { ci95, estimate } = rate
  const [lower, upper] = ci95
  if (!(lower >= 0 && lower <= estimate && estimate <= upper && upper <= 1)) {
    throw new RangeError(
      `Cannot tell the label smoothing: found noise rate ${estimate} with interval ${lower} to ${upper}, expected shares from 0 to 1 in order`
    )
  }
  if (estimate >= 0.5) {
    const message = `The noise rate is ${estimate}, and a robust loss needs less than 0.5: such labels tell nothing, or the opposite; look for exchanged sides before training`
    return { ...none, warnings: [{ code: "smoothingNotPossible", message }] }
  }
  const message = `The interval of the noise rate, ${lower} to ${upper}, reaches 0.5, where a robust loss has no value; collect more labels, or drop doubtful pairs instead`
  return {
    labelSmoothing: estimate,
    ci95,
    warnings: upper >= 0.5 ? [{ code: "smoothingUncertain", message }] : []
  }
}
