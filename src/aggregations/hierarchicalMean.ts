/**
 * Gives every node of a forest the mean over its children, from the leaves upwards; a leaf keeps its own score.
 *
 * So a decomposition is worth what its runs are worth on average, however many there are. `parent[i]` is the index of the parent, or
 * -1. A leaf without a score is NaN and left out of its parent's mean; a node whose children all are keeps its own score.
 * Time O(n). Throws a RangeError on a parent out of range and where nodes are their own ancestors.
 *
 * Source: AceSearcher, https://arxiv.org/abs/2509.24193
 */
export const hierarchicalMean = (
  parent: ReadonlyArray<number>,
  scores: ReadonlyArray<number>
): ReadonlyArray<number> => {
  const action = "Cannot take hierarchical means"
  const children: Array<Array<number>> = parent.map(() => [])
  for (const [i, p] of parent.entries()) {
    if (!(Number.isInteger(p) && p >= -1 && p < parent.length)) {
      throw new RangeError(`${action}: found parent ${p} of node ${i}, expected -1 to ${parent.length - 1}`)
    }
    if (p >= 0) children[p]!.push(i)
  }
  // Every node comes behind its parent.
  const order = parent.flatMap((p, i) => (p < 0 ? [i] : []))
  for (let at = 0; at < order.length; at++) order.push(...children[order[at]!]!)
  if (order.length < parent.length)
    throw new RangeError(`${action}: found a node that is its own ancestor, expected trees`)
  const means = [...scores]
  for (const node of order.toReversed()) {
    const known = children[node]!.map((child) => means[child]!).filter((value) => !Number.isNaN(value))
    if (known.length > 0) means[node] = known.reduce((sum, value) => sum + value, 0) / known.length
  }
  return means
}
