/** Counts per bin, with what did not fall into a bin counted apart. */
export interface Histogram {
  /** Borders of the bins, rising, one more than there are bins. */
  readonly edges: Float64Array
  /** Numbers in `[edges[i], edges[i + 1])`; the last bin includes its right border. */
  readonly counts: Int32Array
  /** Numbers below the first border, minus infinity among them. */
  readonly nBelow: number
  /** Numbers above the last border, plus infinity among them. */
  readonly nAbove: number
  /** NaN entries. */
  readonly nMissing: number
}

/** Options of `histogram`. */
export interface HistogramOptions {
  /** Number of bins, at least 1. */
  readonly nBins: number
  /** First border; default the smallest finite number. */
  readonly lower?: number
  /** Last border; default the largest finite number. */
  readonly upper?: number
}

/**
 * Counts numbers in bins of equal width.
 *
 * Every entry is counted exactly once: in a bin, below, above, or as missing (NaN). When all numbers are equal the
 * range is widened by 0.5 on both sides; when there are none it is [0, 1]. Time O(n), two passes.
 * Throws a RangeError when `nBins` is not a positive integer or the range is not finite and rising.
 */
export const histogram = (values: Float64Array, options: HistogramOptions): Histogram => {
  const { nBins } = options
  if (!Number.isInteger(nBins) || nBins < 1) {
    throw new RangeError(`Cannot count in bins: found nBins ${nBins}, expected a positive integer`)
  }
  const [lower, upper] = rangeOf(values, options)
  const width = (upper - lower) / nBins
  const edges = Float64Array.from({ length: nBins + 1 }, (_, i) => (i === nBins ? upper : lower + i * width))
  const counts = new Int32Array(nBins)
  let nBelow = 0
  let nAbove = 0
  let nMissing = 0
  for (const value of values) {
    if (Number.isNaN(value)) nMissing++
    else if (value < lower) nBelow++
    else if (value > upper) nAbove++
    else {
      let bin = Math.min(nBins - 1, Math.floor((value - lower) / width))
      // The division may round across a border; the borders decide.
      if (value < edges[bin]!) bin--
      else if (bin < nBins - 1 && value >= edges[bin + 1]!) bin++
      counts[bin]!++
    }
  }
  return { edges, counts, nBelow, nAbove, nMissing }
}

const rangeOf = (values: Float64Array, options: HistogramOptions): readonly [number, number] => {
  let smallest = Number.POSITIVE_INFINITY
  let largest = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (!Number.isFinite(value)) continue
    if (value < smallest) smallest = value
    if (value > largest) largest = value
  }
  if (smallest > largest) [smallest, largest] = [options.lower ?? 0, options.upper ?? (options.lower ?? 0) + 1]
  let lower = options.lower ?? smallest
  let upper = options.upper ?? largest
  if (lower === upper) [lower, upper] = [lower - 0.5, upper + 0.5]
  if (!(upper > lower) || !Number.isFinite(upper - lower)) {
    throw new RangeError(`Cannot count in bins: found range ${lower} to ${upper}, expected a finite, rising range`)
  }
  return [lower, upper]
}
