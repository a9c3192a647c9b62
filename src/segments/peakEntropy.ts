/** How many tokens from the start of a step are looked at. */
export const toolLightWindows: ReadonlyArray<number> = [10, 20, 30, 40, 50]

/**
 * Finds how long an opening of a step has to be so that its mean token entropy is highest.
 *
 * Of the first `w` tokens, for each window `w`, the mean is taken; the highest wins, the shorter window among equals. A window
 * longer than the step is the whole step. `nTokens` is the length of the winner. Null for a step without tokens.
 *
 * Source: Tool-Light, which takes the windows 10, 20, 30, 40 and 50; https://arxiv.org/abs/2509.23285
 */
export const peakEntropy = (
  nats: ReadonlyArray<number>,
  windows: ReadonlyArray<number> = toolLightWindows
): { readonly nats: number; readonly nTokens: number } | null => {
  let best: { readonly nats: number; readonly nTokens: number } | null = null
  for (const window of windows.toSorted((a, b) => a - b)) {
    const nTokens = Math.min(window, nats.length)
    if (nTokens < 1) continue
    const mean = nats.slice(0, nTokens).reduce((sum, one) => sum + one, 0) / nTokens
    if (best === null || mean > best.nats) best = { nats: mean, nTokens }
  }
  return best
}
