import type { Histogram } from "../../Findings.ts"
import { Chart, type ChartFrame, type Layer } from "../Chart.ts"
import * as Figure from "../../Figure.ts"

/** What `histogramChart` draws. */
export interface HistogramPlot {
  readonly title: string
  readonly axis: string
  readonly histogram: Histogram
  /** How a number on the axis is written. */
  readonly write: (value: number) => string
  /** Bins that end at or before this value are in the strong colour, all others in the quiet one; null makes all strong. */
  readonly strongUpTo: number | null
}

/** Draws counts per bin as columns. Five values are written below the axis, the largest count beside the top. */
export const histogramChart = ({ axis, histogram, strongUpTo, title, write }: HistogramPlot): Chart => {
  const { counts, edges } = histogram
  const lowest = edges[0] ?? 0
  const highest = edges.at(-1) ?? 1
  const largest = Math.max(1, ...counts)
  const frame: ChartFrame = { title, padding: { left: 44, right: 14, top: 12, bottom: 40 }, plotHeight: 120 }
  const ticks = [0, 1, 2, 3, 4].map((i) => lowest + ((highest - lowest) * i) / 4)
  const gap = 0.06
  const columns = counts.map((count, i) => {
    const width = edges[i + 1]! - edges[i]!
    return {
      from: edges[i]! + (gap / 2) * width,
      to: edges[i + 1]! - (gap / 2) * width,
      count,
      base: 0,
      strong: strongUpTo === null || edges[i + 1]! <= strongUpTo + 1e-9
    }
  })
  const x = Chart.scaled("from", [lowest, highest])
  const y = Chart.scaled("count", [0, largest])
  const place = Chart.plotWidth(frame) / 4
  const column = (strong: boolean, fill: string): Layer => ({
    data: { values: columns.filter((entry) => entry.strong === strong && entry.count > 0) },
    mark: { type: "rect", fill },
    encoding: { x, x2: { field: "to" }, y, y2: { field: "base" } }
  })
  return new Chart(frame, [
    {
      data: { values: [{ count: largest }] },
      mark: { type: "rule", strokeDash: [2, 3] },
      encoding: { y }
    },
    { data: { values: [{ count: 0 }] }, mark: { type: "rule", color: "var(--soft)" }, encoding: { y } },
    column(false, "var(--quiet)"),
    column(true, "var(--accent)"),
    text(
      ticks.map((tick, i) => ({ x: i * place, y: frame.plotHeight + 13, text: write(tick) })),
      "center"
    ),
    text([{ x: 2 * place, y: frame.plotHeight + 31, text: axis }], "center"),
    text(
      [
        { x: -7, y: 0, text: Figure.count(largest) },
        { x: -7, y: frame.plotHeight, text: "0" }
      ],
      "right"
    )
  ])
}

const text = (values: ReadonlyArray<object>, align: "center" | "right"): Layer => ({
  data: { values: [...values] },
  mark: { type: "text", align, color: "var(--soft)" },
  encoding: { x: Chart.atPixel("x"), y: Chart.atPixel("y"), text: { field: "text" } }
})
