/**
 * Entropy in nats of the distribution a token was drawn from, as far as its likeliest outcomes tell.
 *
 * `logProbs` are the natural log-probabilities of different outcomes. What they leave of 1 counts as one more outcome, so the value is a
 * lower bound of the true one, and exact where at most one outcome is not listed. An outcome of probability 0 adds nothing.
 * None gives 0.
 */
export const tokenEntropy = (logProbs: Iterable<number>): number => {
  let left = 1
  let sum = 0
  for (const logProb of logProbs) {
    const p = Math.exp(logProb)
    left -= p
    if (p > 0) sum -= p * logProb
  }
  // Less is the rounding of a server.
  return left > 1e-6 && left < 1 ? sum - left * Math.log(left) : sum
}
