import type { Histogram } from "../../Findings.ts"
import * as Figure from "../../Figure.ts"
import type { Chart } from "../Chart.ts"
import { histogramChart } from "./histogramChart.ts"

/** Draws how sure labels are, with those that are more likely wrong in the strong colour; null where none is known. */
export const labelProbChart = (histogram: Histogram): Chart | null => {
  const total = histogram.counts.reduce((sum, n) => sum + n, 0)
  const title = `Histogram of the probability that a label is right, over ${Figure.counted(total, "label")}`
  const plot = { title, axis: "Label probability", histogram, strongUpTo: 0.5 }
  return total === 0 ? null : histogramChart({ ...plot, write: (value) => Figure.decimal(value) })
}
