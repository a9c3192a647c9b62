import { Chart, type ChartFrame, type Layer } from "../Chart.ts"
import { shorten } from "../shorten.ts"

/** One bar: what it is, what it says at its end, its parts from left to right, and a length to hold them against. */
export interface Bar {
  readonly label: string
  readonly note: string
  readonly parts: ReadonlyArray<{ readonly value: number; readonly strong: boolean }>
  /** Length of a thin bar below, to hold the parts against; null for none. */
  readonly reference: number | null
}

/**
 * Draws bars below each other on a common scale from 0, each with its label and its numbers above it.
 *
 * There is no axis: the numbers are written out. Bars stand in the order given, the first on top.
 */
export const barChart = ({ bars, title }: { readonly title: string; readonly bars: ReadonlyArray<Bar> }): Chart => {
  const frame: ChartFrame = {
    title,
    padding: { left: 1, right: 1, top: 2, bottom: 4 },
    plotHeight: bars.length * barStep
  }
  const lengths = bars.map((bar) =>
    Math.max(
      bar.reference ?? 0,
      bar.parts.reduce((sum, part) => sum + part.value, 0)
    )
  )
  const longest = Math.max(1, ...lengths)
  const x = (field: string) => Chart.scaled(field, [0, longest])
  const y = Chart.atPixel("y")
  const parts = bars.flatMap((bar, i) => {
    let from = 0
    return bar.parts.map(({ strong, value }) => {
      const part = { from, to: from + value, y: i * barStep + 18, y2: i * barStep + 28, strong }
      from += value
      return part
    })
  })
  const references = bars.flatMap((bar, i) =>
    bar.reference === null ? [] : [{ from: 0, to: bar.reference, y: i * barStep + 30, y2: i * barStep + 33 }]
  )
  const texts = bars.map((bar, i) => ({
    y: i * barStep + 9,
    label: shorten(bar.label, 24),
    note: shorten(bar.note, 34)
  }))
  const box = (values: ReadonlyArray<object>, look: { readonly fill: string }): Layer => ({
    data: { values: [...values] },
    mark: { type: "rect", ...look },
    encoding: { x: x("from"), x2: { field: "to" }, y, y2: { field: "y2" } }
  })
  return new Chart(frame, [
    box(
      parts.filter((part) => part.strong && part.to > part.from),
      { fill: "var(--accent)" }
    ),
    box(
      parts.filter((part) => !part.strong && part.to > part.from),
      { fill: "var(--quiet)" }
    ),
    box(references, { fill: "var(--soft)" }),
    {
      data: { values: texts },
      mark: { type: "text", align: "left" },
      encoding: { x: { value: 0 }, y, text: { field: "label" } }
    },
    {
      data: { values: texts },
      mark: { type: "text", align: "right", color: "var(--soft)" },
      encoding: { x: { value: Chart.plotWidth(frame) }, y, text: { field: "note" } }
    }
  ])
}

const barStep = 42
