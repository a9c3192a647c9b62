import type { Manifest } from "../Manifest.ts"
import type { CardPicture } from "./Card.ts"
import type { Chart } from "./Chart.ts"
import { dotChart } from "./charts/dotChart.ts"
import { histogramChart } from "./charts/histogramChart.ts"
import * as Figure from "../Figure.ts"
import { type FindingOf, findingsOf } from "./Section.ts"

/** A picture of a card before it is drawn. */
export interface CardChart extends CardPicture {
  readonly chart: Chart
}

/**
 * The pictures of a card: for each cleaner the reliability of its annotators and how sure its labels are, for each rule its margins.
 *
 * What is not known gives no picture. Numbers are those of the report. Paths count findings, so equal manifests give equal paths.
 */
export const cardPictures = (manifest: Manifest): ReadonlyArray<CardChart> => [
  ...findingsOf(manifest, "noise").flatMap(({ finding }, i) => [
    ...reliability(finding, `card/reliability-${i + 1}.svg`),
    ...labelProbability(finding, `card/label-probability-${i + 1}.svg`)
  ]),
  ...findingsOf(manifest, "pairs").flatMap(({ finding }, i) => margins(finding, `card/margins-${i + 1}.svg`))
]

const drawn = 24

const reliability = (finding: FindingOf<"noise">, path: string): ReadonlyArray<CardChart> => {
  const known = finding.annotators
    .filter((one) => one.reliability !== null)
    .toSorted((a, b) => a.reliability!.estimate - b.reliability!.estimate || (a.id < b.id ? -1 : 1))
    .slice(0, drawn)
  if (known.length === 0) return []
  const lowest = Math.min(...known.map((one) => Math.min(one.reliability!.ci95[0], one.planted ?? 1)))
  const planted = known.some((one) => one.planted !== null) ? " and planted truth (strokes)" : ""
  const title = `Reliability of ${Figure.counted(known.length, "annotator")} with 95% intervals${planted}; at 50% (dashes) labels are worth no more than coin flips`
  const chart = dotChart({
    title,
    axis: "Share of labels that are right",
    rows: known.map(({ id, planted: truth, reliability: known95 }) => ({
      label: id === "" ? "(no name)" : id,
      value: known95!.estimate,
      interval: known95!.ci95,
      truth
    })),
    ticks: lowest >= 0.4 ? [0.4, 0.6, 0.8, 1] : [0, 0.25, 0.5, 0.75, 1],
    reference: 0.5
  })
  return [{ path, title, about: "noise", chart }]
}

const labelProbability = ({ labelProb }: FindingOf<"noise">, path: string): ReadonlyArray<CardChart> => {
  const total = sum(labelProb.counts)
  if (total === 0) return []
  const title = `Histogram of the probability that a label is right, over ${Figure.counted(total, "label")}`
  const chart = histogramChart({
    title,
    axis: "Label probability",
    histogram: labelProb,
    write: (value) => Figure.decimal(value),
    strongUpTo: 0.5
  })
  return [{ path, title, about: "noise", chart }]
}

const margins = ({ margins: histogram, rule }: FindingOf<"pairs">, path: string): ReadonlyArray<CardChart> => {
  const total = sum(histogram.counts)
  if (total === 0) return []
  const title = `Histogram of the score margins of ${rule}, over ${Figure.counted(total, "pair")}`
  const range = histogram.edges.at(-1)! - histogram.edges[0]!
  const chart = histogramChart({
    title,
    axis: "Margin",
    histogram,
    write: (value) => Figure.decimal(value, range >= 20 ? 0 : range >= 4 ? 1 : 2),
    strongUpTo: null
  })
  return [{ path, title, about: "pairs", chart }]
}

const sum = (counts: ReadonlyArray<number>): number => counts.reduce((total, n) => total + n, 0)
