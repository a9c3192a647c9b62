import type { Manifest } from "../Manifest.ts"
import type { CardPicture } from "./Card.ts"
import type { Chart } from "./Chart.ts"
import { dotChart } from "./charts/dotChart.ts"
import { labelProbChart } from "./charts/labelProbChart.ts"
import { marginChart } from "./charts/marginChart.ts"
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
    ...pictureOf(labelProbChart(finding.labelProb), "noise", `card/label-probability-${i + 1}.svg`)
  ]),
  ...findingsOf(manifest, "pairs").flatMap(({ finding }, i) =>
    pictureOf(marginChart(finding), "pairs", `card/margins-${i + 1}.svg`)
  )
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
  return pictureOf(chart, "noise", path)
}

const pictureOf = (chart: Chart | null, about: CardPicture["about"], path: string): ReadonlyArray<CardChart> =>
  chart === null ? [] : [{ path, title: chart.title, about, chart }]
