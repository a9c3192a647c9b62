import * as Figure from "../../Figure.ts"
import type { Chart } from "../Chart.ts"
import type { FindingOf } from "../Section.ts"
import { histogramChart } from "./histogramChart.ts"

/** Draws the score margins of the pairs that a rule made; null where none is known. */
export const marginChart = ({ margins, rule }: FindingOf<"pairs">): Chart | null => {
  const total = margins.counts.reduce((sum, n) => sum + n, 0)
  const title = `Histogram of the score margins of ${rule}, over ${Figure.counted(total, "pair")}`
  const range = (margins.edges.at(-1) ?? 1) - (margins.edges[0] ?? 0)
  const write = (value: number) => Figure.decimal(value, range >= 20 ? 0 : range >= 4 ? 1 : 2)
  return total === 0 ? null : histogramChart({ title, axis: "Margin", histogram: margins, write, strongUpTo: null })
}
