import type { Histogram } from "../../Findings.ts"
import type { Manifest } from "../../Manifest.ts"
import { dotChart } from "../charts/dotChart.ts"
import { marginChart } from "../charts/marginChart.ts"
import * as Figure from "../../Figure.ts"
import { numbers } from "../dataTable.ts"
import { html, type Html } from "../Html.ts"
import { plotBlock } from "../plotBlock.ts"
import { type FindingOf, findingsOf, type Section } from "../Section.ts"
import { histogramTable } from "./histogramTable.ts"

/** Shows the pairs that were made, by rule, and the pairs of pairs. */
export const pairSections = (manifest: Manifest): ReadonlyArray<Section> => {
  const pairs = findingsOf(manifest, "pairs")
  const comparisons = findingsOf(manifest, "pairsOfPairs")
  const strengths = findingsOf(manifest, "strengths")
  return [
    ...(pairs.length === 0
      ? []
      : [
          {
            id: "pairs",
            title: "Pairs",
            body: html`${rulesTable(pairs)}${pairs.map(({ finding }) => marginBlock(finding))}`
          }
        ]),
    ...(comparisons.length === 0
      ? []
      : [
          {
            id: "pairs-of-pairs",
            title: "Pairs of pairs",
            body: html`${comparisons.map(({ finding, stage }) => comparisonBlock(finding, comparisons.length === 1 ? undefined : stage))}`
          }
        ]),
    ...(strengths.length === 0
      ? []
      : [
          {
            id: "strengths",
            title: "Strengths of preferences",
            body: html`${strengths.map(({ finding }) => strengthBlock(finding))}`
          }
        ])
  ]
}

const strengthBlock = ({
  converged,
  determined,
  meanError,
  nComparisons,
  nPairs,
  outside
}: FindingOf<"strengths">): Html =>
  plotBlock({
    note:
      "The strength of a preference is estimated from its comparisons with others. Pairs that no chain of comparisons connects with " +
      "the largest part of their split have none and were left out." +
      (determined ? "" : " Some pairs only won or only lost; how far out they lie is decided by the prior.") +
      (converged ? "" : " The fit did not come to an end; do not trust the strengths."),
    chart: null,
    tables: [
      {
        caption: "Strengths of preferences",
        columns: [{ heading: "What" }, ...numbers("Value")],
        rows: [
          ["Pairs", Figure.count(nPairs)],
          ["Comparisons", Figure.count(nComparisons)],
          ["Not connected", Figure.count(outside)],
          ["Mean standard error, logits", meanError === null ? "not known" : Figure.decimal(meanError, 2)]
        ]
      }
    ]
  })

const rulesTable = (pairs: ReadonlyArray<{ readonly stage: string; readonly finding: FindingOf<"pairs"> }>): Html =>
  plotBlock({
    title: "What each rule made",
    note:
      "Doubtful pairs have a label probability below one half: their order is more likely wrong than right. If the chosen text is the longer " +
      "one much more often than half the time, a model learns to write long.",
    chart: null,
    tables: [
      {
        caption: "Pairs by rule",
        columns: [
          { heading: "Rule" },
          ...numbers("Pairs", "Doubtful", "Mean label probability", "Order right, planted", "Chosen is longer")
        ],
        rows: pairs.map(({ finding }) => [
          finding.rule,
          Figure.count(finding.nPairs),
          Figure.count(finding.doubtful),
          Figure.share(finding.meanLabelProb),
          Figure.share(finding.plantedAccuracy),
          Figure.share(finding.chosenLongerShare)
        ])
      }
    ]
  })

const marginBlock = (finding: FindingOf<"pairs">): Html => {
  const { margins, rule } = finding
  const chart = marginChart(finding)
  return plotBlock({
    title: `Margins: ${rule}`,
    note:
      chart === null
        ? "The distance between the scores of chosen and rejected is not known for any of these pairs."
        : "The score of the chosen text minus that of the rejected one. Narrow margins are easy to get wrong and hard to learn from.",
    chart,
    tables: [
      histogramTable({
        caption: `Pairs by margin: ${rule}`,
        heading: "Margin",
        histogram: margins,
        digits: digitsOf(margins)
      })
    ]
  })
}

const comparisonBlock = (finding: FindingOf<"pairsOfPairs">, stage: string | undefined): Html => {
  const { nComparisons, sampler, strongPercentile, ties, weakPercentile } = finding
  const expected = sampler.startsWith("random") ? { strong: 2 / 3, weak: 1 / 3 } : { strong: null, weak: null }
  return plotBlock({
    ...(stage === undefined ? {} : { title: `Comparisons made by stage ${stage}` }),
    note:
      "Each row says which of two pairs shows the stronger preference. The percentile is the rank of a pair's margin among all margins" +
      (expected.strong === null
        ? "."
        : "; drawn at random, the stronger side should have a mean of two thirds and the weaker of one third."),
    chart:
      strongPercentile === null && weakPercentile === null
        ? null
        : dotChart({
            title: `Mean margin percentile: stronger side ${Figure.share(strongPercentile)}, weaker side ${Figure.share(weakPercentile)}`,
            axis: "Mean percentile of the margin",
            rows: [
              { label: "Stronger side", value: strongPercentile, interval: null, truth: expected.strong },
              { label: "Weaker side", value: weakPercentile, interval: null, truth: expected.weak }
            ],
            ticks: [0, 0.25, 0.5, 0.75, 1],
            reference: null
          }),
    keys: [
      { mark: "dot", text: "found" },
      ...(expected.strong === null ? [] : [{ mark: "stroke", text: "expected" } as const])
    ],
    tables: [
      {
        caption: "Pairs of pairs",
        columns: [{ heading: "What" }, ...numbers("Value")],
        rows: [
          ["Sampler", html`<bdi>${sampler}</bdi>`],
          ["Comparisons", Figure.count(nComparisons)],
          ["Ties", Figure.count(ties)],
          ["Mean percentile, stronger side", Figure.share(strongPercentile)],
          ["Mean percentile, weaker side", Figure.share(weakPercentile)]
        ]
      }
    ]
  })
}

/** As few decimals as tell the borders apart and show them to within a tenth of a bin, at most 4. */
const digitsOf = ({ edges }: Histogram): number => {
  const width = (edges[1] ?? 1) - (edges[0] ?? 0)
  return [0, 1, 2, 3].find((d) => edges.every((edge) => Math.abs(edge - Number(edge.toFixed(d))) < width / 50)) ?? 4
}
