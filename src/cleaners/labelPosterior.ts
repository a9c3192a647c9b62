/**
 * Computes the probability that a label is right, from the reliability of who gave it.
 *
 * `p` is the scorer's probability of the recorded order and `reliability` the annotator's chance to record what is right, both in
 * [0, 1]. NaN where the two exclude each other (a certain scorer against a certain annotator).
 *
 * Source: the E step of RE-PO, https://arxiv.org/abs/2509.24159
 */
export const labelPosterior = (p: number, reliability: number): number => {
  const right = p * reliability
  return right / (right + (1 - p) * (1 - reliability))
}
