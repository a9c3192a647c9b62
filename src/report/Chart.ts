import type { TopLevelSpec } from "vega-lite"

/** One layer of a chart, as Vega-Lite writes it. */
export type Layer = Extract<TopLevelSpec, { readonly layer: unknown }>["layer"][number]

/** Where a chart stands and what it says to someone who cannot see it. */
export interface ChartFrame {
  /** Read out in place of the picture. */
  readonly title: string
  /** Space around the plot, in pixels, for labels that the layers draw themselves. */
  readonly padding: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number }
  /** Height of the plot without padding, in pixels. */
  readonly plotHeight: number
}

/**
 * A picture that can be drawn later: a Vega-Lite specification of fixed size whose colours are CSS variables.
 *
 * All charts are `Chart.width` pixels wide, so that they scale alike. Nothing in one depends on the width of its texts, which
 * only a browser knows: layers place them at given positions.
 */
export class Chart {
  static readonly width = 340
  readonly title: string
  readonly spec: TopLevelSpec

  constructor(frame: ChartFrame, layers: ReadonlyArray<Layer>) {
    this.title = frame.title
    this.spec = {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      width: Chart.plotWidth(frame),
      height: frame.plotHeight,
      padding: frame.padding,
      autosize: "none",
      layer: [...layers],
      config
    }
  }

  /** Width that the padding leaves for the plot, in pixels. */
  static readonly plotWidth = ({ padding }: Pick<ChartFrame, "padding">): number =>
    Chart.width - padding.left - padding.right

  /** Places by a number on a scale with exactly these ends; labelled grid lines where there is an axis. */
  static readonly scaled = (
    field: string,
    domain: readonly [number, number],
    axis: { readonly title: string; readonly values: ReadonlyArray<number> } | null = null
  ) => ({
    field,
    type: "quantitative" as const,
    scale: { domain: [...domain], nice: false, zero: false },
    axis: axis === null ? null : { title: axis.title, values: [...axis.values], format: ".0%", grid: true }
  })

  /** Places by pixels from the top left corner of the plot. */
  static readonly atPixel = (field: string) => ({ field, type: "quantitative" as const, scale: null, axis: null })
}

const config: NonNullable<TopLevelSpec["config"]> = {
  aria: false,
  background: "transparent",
  font: "inherit",
  view: { stroke: null },
  axis: {
    domain: false,
    grid: false,
    gridColor: "var(--line)",
    labelColor: "var(--soft)",
    labelFontSize: 11.5,
    labelFlush: false,
    labelOverlap: false,
    labelPadding: 5,
    tickColor: "var(--line)",
    ticks: false,
    titleColor: "var(--soft)",
    titleFontSize: 11.5,
    titleFontWeight: "normal",
    titlePadding: 6
  },
  text: { color: "var(--ink)", fontSize: 11.5, baseline: "middle" },
  rule: { color: "var(--line)" }
}
