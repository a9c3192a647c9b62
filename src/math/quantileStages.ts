/**
 * Cuts numbers into `nStages` stages of equal size, from the smallest numbers (stage 0) to the largest (stage `nStages - 1`).
 *
 * Equal numbers share a stage, the one in which the middle of their places falls; without ties sizes differ by one at most,
 * with many ties stages may be uneven or empty. NaN is missing: stage -1, and not counted. Any rising transformation gives the
 * same stages. Time O(n log n). Throws a RangeError where `nStages` is no positive integer.
 */
export const quantileStages = (values: Float64Array, nStages: number): Int32Array => {
  if (!(Number.isInteger(nStages) && nStages >= 1)) {
    throw new RangeError(`Cannot cut into stages: found ${nStages} stages, expected a positive integer`)
  }
  const order = [...values.keys()]
    .filter((i) => !Number.isNaN(values[i]!))
    .sort((a, b) => {
      const [x, y] = [values[a]!, values[b]!]
      return x < y ? -1 : Number(x > y)
    })
  const stages = new Int32Array(values.length).fill(-1)
  for (let start = 0; start < order.length;) {
    let end = start + 1
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++
    const stage = Math.min(nStages - 1, Math.floor((nStages * (start + end)) / (2 * order.length)))
    for (const i of order.slice(start, end)) stages[i] = stage
    start = end
  }
  return stages
}
