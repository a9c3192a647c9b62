import { Chart, type ChartFrame } from "../Chart.ts"

/** One bin of a reliability diagram: mean probability, share that came true, number of labels. */
export interface CalibrationPoint {
  readonly predicted: number
  readonly observed: number
  readonly count: number
}

/** Draws a reliability diagram: a point per bin, larger for more labels, and the diagonal on which all should lie. */
export const calibrationChart = ({
  bins,
  title
}: {
  readonly title: string
  readonly bins: ReadonlyArray<CalibrationPoint>
}): Chart => {
  const frame: ChartFrame = { title, padding: { left: 58, right: 16, top: 10, bottom: 40 }, plotHeight: 200 }
  const largest = Math.max(1, ...bins.map((bin) => bin.count))
  const values = bins.map((bin) => ({ ...bin, size: 30 + (90 * bin.count) / largest }))
  const ticks = [0, 0.25, 0.5, 0.75, 1]
  const x = Chart.scaled("predicted", [0, 1], { title: "Probability given", values: ticks })
  const y = Chart.scaled("observed", [0, 1], { title: "Share that was right", values: ticks })
  return new Chart(frame, [
    {
      data: {
        values: [
          { predicted: 0, observed: 0 },
          { predicted: 1, observed: 1 }
        ]
      },
      mark: { type: "line", stroke: "var(--soft)", strokeDash: [3, 3], strokeWidth: 1 },
      encoding: { x, y }
    },
    {
      data: { values },
      mark: { type: "line", stroke: "var(--accent)", strokeWidth: 1.5 },
      encoding: { x, y }
    },
    {
      data: { values },
      mark: { type: "point", shape: "circle", filled: true, color: "var(--accent)", opacity: 1 },
      encoding: { x, y, size: { field: "size", type: "quantitative", scale: null } }
    }
  ])
}
