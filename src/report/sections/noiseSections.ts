import type { Manifest } from "../../Manifest.ts"
import { dotChart } from "../charts/dotChart.ts"
import { labelProbChart } from "../charts/labelProbChart.ts"
import * as Figure from "../../Figure.ts"
import { numbers } from "../dataTable.ts"
import { type Html, html } from "../Html.ts"
import { plotBlock } from "../plotBlock.ts"
import { type FindingOf, findingsOf, type Section } from "../Section.ts"
import { sentence } from "../sentence.ts"
import { annotatorBlocks } from "./annotatorBlocks.ts"
import { calibrationBlock } from "./calibrationBlock.ts"
import { histogramTable } from "./histogramTable.ts"
import { voteBlocks } from "./voteBlocks.ts"
import { whyUnknown } from "./whyUnknown.ts"

type Noise = FindingOf<"noise">

/** Shows what each cleaner found about the labels: their noise, who made it, the calibration, and how sure each label is. */
export const noiseSections = (manifest: Manifest): ReadonlyArray<Section> => {
  const all = findingsOf(manifest, "noise")
  const ofPairs = findingsOf(manifest, "treatments").map(({ finding }) => finding.treatment)
  return all.map(({ finding, stage }, i) => ({
    id: i === 0 ? "noise" : `noise-${i + 1}`,
    title: all.length === 1 ? "Label noise" : `Label noise: ${stage}`,
    body: html`${introduction(finding, stage, ofPairs)}${rateBlock(finding)}${annotatorBlocks(finding)}${voteBlocks(finding)}${calibrationBlock(finding)}${labelBlock(finding)}`
  }))
}

const introduction = (finding: Noise, stage: string, ofPairs: ReadonlyArray<string>): Html => {
  const { converged, flagged, iterations, method, nLabels } = finding
  const flaggedShare = nLabels > 0 ? ` (${Figure.share(flagged / nLabels)})` : ""
  const verb = converged ? "settled after" : "did not settle within"
  // A fit that goes straight to the maximum has no iterations to tell of.
  const settling = iterations === 0 && converged ? "" : `, and ${verb} ${Figure.counted(iterations, "iteration")}`
  return html`<p>
    A label is one recorded comparison. It is wrong when it differs from the order an annotator without noise would have
    recorded. Stage <code>${stage}</code> weighed ${Figure.counted(nLabels, "label")} by ${method}${settling}. It
    flagged ${Figure.counted(flagged, "label")}${flaggedShare} as suspect; ${treatmentSaid(finding, ofPairs)}.
  </p> `
}

/** Where a stage of its own treats pairs, it does so by all labels on each: those with a suspect label are other ones. */
const treatmentSaid = ({ treatment }: Noise, ofPairs: ReadonlyArray<string>): string =>
  ofPairs.includes(treatment) || (treatment === "keep" && ofPairs.length > 0)
    ? "what was done goes by all labels on a pair, and stands under “Suspect pairs and what was done”"
    : (treatments.get(treatment) ?? `the treatment is "${treatment}"`)

const treatments: ReadonlyMap<string, string> = new Map([
  ["keep", "they were kept as they are"],
  ["weight", "every label, flagged or not, counts for its probability of being right from here on"],
  ["flip", "they were turned round"],
  ["remove", "they were left out"]
])

const rateBlock = (finding: Noise): Html => {
  const { noiseRate, plantedNoiseRate } = finding
  const highest = Math.max(noiseRate?.ci95[1] ?? 0, noiseRate?.estimate ?? 0, plantedNoiseRate ?? 0)
  const why = noiseRate === null ? whyUnknown(finding) : undefined
  return plotBlock({
    title: "Share of wrong labels",
    note:
      noiseRate === null
        ? `The share of wrong labels is not known.${why === undefined ? "" : ` ${sentence(why)}`}`
        : [
            `Estimated at ${Figure.estimated(noiseRate)}`,
            plantedNoiseRate === null ? "." : `; ${Figure.share(plantedNoiseRate)} were planted.`
          ],
    chart:
      noiseRate === null && plantedNoiseRate === null
        ? null
        : dotChart({
            title: `Share of wrong labels: estimated ${Figure.estimated(noiseRate)}, planted ${Figure.share(plantedNoiseRate)}`,
            axis: "Share of labels that are wrong",
            rows: [
              {
                label: "All labels",
                value: noiseRate?.estimate ?? null,
                interval: noiseRate?.ci95 ?? null,
                truth: plantedNoiseRate
              }
            ],
            ticks: highest <= 0.5 ? [0, 0.1, 0.2, 0.3, 0.4, 0.5] : [0, 0.25, 0.5, 0.75, 1],
            reference: null
          }),
    keys: [
      { mark: "dot", text: "estimate, 95% interval" },
      ...(plantedNoiseRate === null ? [] : [{ mark: "stroke", text: "planted" } as const])
    ],
    tables: [
      {
        caption: "Share of wrong labels",
        columns: [{ heading: "Of" }, ...numbers("Estimate", "95% interval", "Planted")],
        rows: [
          [
            Figure.counted(finding.nLabels, "label"),
            Figure.share(noiseRate?.estimate ?? null),
            Figure.interval(noiseRate),
            Figure.share(plantedNoiseRate)
          ]
        ]
      }
    ]
  })
}

const labelBlock = ({ labelProb }: Noise): Html => {
  const chart = labelProbChart(labelProb)
  return plotBlock({
    title: "How sure each label is",
    note:
      chart === null
        ? "The probability that a label is right is not known for any label."
        : "Label probability: the chance that the recorded order is right, given the scorer and the annotator. Below one half it is more likely wrong.",
    chart,
    keys: [
      { mark: "bar", text: "more likely wrong" },
      { mark: "quiet", text: "more likely right" }
    ],
    tables: [
      histogramTable({
        caption: "Labels by label probability",
        heading: "Label probability",
        histogram: labelProb,
        digits: 2
      })
    ]
  })
}
