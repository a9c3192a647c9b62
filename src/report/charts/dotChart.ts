import { Chart, type ChartFrame, type Layer } from "../Chart.ts"
import * as Figure from "../../Figure.ts"
import { shorten } from "../shorten.ts"

/** One line of a dot chart; what is null is not drawn. */
export interface DotRow {
  readonly label: string
  /** A filled dot, with its value written at the end of the line. */
  readonly value: Figure.Figure
  /** A line through the dot. */
  readonly interval: readonly [number, number] | null
  /** An upright stroke: the planted truth, or what theory expects. */
  readonly truth: Figure.Figure
  /** A hollow square: a second measure. */
  readonly other?: Figure.Figure
}

/** What `dotChart` draws. */
export interface DotPlot {
  readonly title: string
  readonly axis: string
  readonly rows: ReadonlyArray<DotRow>
  /** Values of the labelled grid lines, rising; the first and the last are the ends of the axis. */
  readonly ticks: ReadonlyArray<number>
  /** A dashed line at this value. */
  readonly reference: Figure.Figure
}

/**
 * Draws shares in [0, 1] as dots on a common axis, one line each: a forest plot where there are intervals.
 *
 * Lines stand in the order given, the first on top. Parts of an interval outside the axis are cut off.
 */
export const dotChart = ({ axis, reference, rows, ticks, title }: DotPlot): Chart => {
  const frame: ChartFrame = {
    title,
    padding: { left: 110, right: 52, top: 8, bottom: 40 },
    plotHeight: rows.length * rowHeight
  }
  const lowest = ticks[0]!
  const highest = ticks.at(-1)!
  const inside = (value: number) => value >= lowest && value <= highest
  const clip = (value: number) => Math.min(highest, Math.max(lowest, value))
  const x = (field: string) => Chart.scaled(field, [lowest, highest], { title: axis, values: ticks })
  const place = (row: number) => (row + 0.5) * rowHeight
  const y = Chart.atPixel("y")
  const points = (of: (row: DotRow) => Figure.Figure) => ({
    values: rows.flatMap((row, i) => {
      const value = of(row)
      return value === null || !inside(value) ? [] : [{ value, y: place(i) }]
    })
  })
  const texts = rows.map((row, i) => ({
    y: place(i),
    label: shorten(row.label, 15),
    value: row.value === null ? "–" : Figure.share(row.value)
  }))
  const layers: Array<Layer> = [
    {
      data: { values: reference === null ? [] : [{ value: reference }] },
      mark: { type: "rule", color: "var(--soft)", strokeDash: [3, 3] },
      encoding: { x: x("value") }
    },
    {
      data: {
        values: rows.flatMap((row, i) =>
          row.interval === null ? [] : [{ lower: clip(row.interval[0]), upper: clip(row.interval[1]), y: place(i) }]
        )
      },
      mark: { type: "rule", color: "var(--accent)", strokeWidth: 2 },
      encoding: { x: x("lower"), x2: { field: "upper" }, y }
    },
    {
      data: points((row) => row.other ?? null),
      mark: {
        type: "point",
        shape: "square",
        size: 64,
        filled: true,
        fill: "var(--paper)",
        stroke: "var(--ink)",
        strokeWidth: 1.5,
        opacity: 1
      },
      encoding: { x: x("value"), y }
    },
    {
      data: points((row) => row.value),
      mark: { type: "point", shape: "circle", size: 52, filled: true, color: "var(--accent)", opacity: 1 },
      encoding: { x: x("value"), y }
    },
    {
      data: points((row) => row.truth),
      mark: { type: "tick", orient: "vertical", color: "var(--ink)", thickness: 2, size: 17, opacity: 1 },
      encoding: { x: x("value"), y }
    },
    {
      data: { values: texts },
      mark: { type: "text", align: "left" },
      encoding: { x: { value: -frame.padding.left }, y, text: { field: "label" } }
    },
    {
      data: { values: texts },
      mark: { type: "text", align: "right" },
      encoding: { x: { value: Chart.width - frame.padding.left }, y, text: { field: "value" } }
    }
  ]
  return new Chart(frame, layers)
}

const rowHeight = 24
