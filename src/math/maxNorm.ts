/** The largest size of an entry of a vector: its maximum norm. 0 for one without entries, NaN where an entry is none. */
export const maxNorm = (values: Float64Array): number => {
  let most = 0
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]!))
  return most
}
