import type { Manifest } from "../../Manifest.ts"
import { barChart } from "../charts/barChart.ts"
import * as Figure from "../../Figure.ts"
import { numbers } from "../dataTable.ts"
import { html } from "../Html.ts"
import { plotBlock } from "../plotBlock.ts"
import { type FindingOf, findingsOf, type Section } from "../Section.ts"

type Found<Kind extends "flags" | "treatments" | "plantedNoise"> = ReadonlyArray<{
  readonly stage: string
  readonly finding: FindingOf<Kind>
}>

/** Shows what rules flagged and by which evidence, what was done about it, and what noise was planted on purpose. */
export const cleaningSections = (manifest: Manifest): ReadonlyArray<Section> => {
  const flags = findingsOf(manifest, "flags")
  const treatments = findingsOf(manifest, "treatments")
  const planted = findingsOf(manifest, "plantedNoise")
  return [
    ...(planted.length === 0
      ? []
      : [{ id: "planted-noise", title: "Noise planted on purpose", body: plantedBlock(planted) }]),
    ...(flags.length === 0 && treatments.length === 0
      ? []
      : [
          {
            id: "suspect-pairs",
            title: "Suspect pairs and what was done",
            body: html`${flags.length === 0 ? "" : flagBlock(flags)}${treatments.length === 0 ? "" : treatmentBlock(treatments)}`
          }
        ])
  ]
}

const flagBlock = (flags: Found<"flags">) =>
  plotBlock({
    title: "Flagged",
    note: "Pairs whose recorded order a rule found suspect. A pair without evidence is never flagged. Flagging alone changes nothing.",
    chart: barChart({
      title: `Flagged pairs: ${flags.map(({ finding, stage }) => `${stage} ${flaggedOf(finding)}`).join("; ")}`,
      bars: flags.map(({ finding, stage }) => ({
        label: `${finding.rule} (${stage})`,
        note: flaggedOf(finding),
        parts: [
          { value: finding.flagged, strong: true },
          { value: finding.nRows - finding.flagged, strong: false }
        ],
        reference: null
      }))
    }),
    keys: [
      { mark: "bar", text: "flagged" },
      { mark: "quiet", text: "not flagged" }
    ],
    tables: [
      {
        caption: "Flagged pairs by rule",
        columns: [
          { heading: "Stage" },
          { heading: "Rule" },
          { heading: "Evidence" },
          ...numbers("Pairs", "Flagged", "Without evidence")
        ],
        rows: flags.map(({ finding, stage }) => [
          stage,
          finding.rule,
          finding.evidence.join(", "),
          Figure.count(finding.nRows),
          Figure.count(finding.flagged),
          Figure.count(finding.unscored)
        ])
      }
    ]
  })

const flaggedOf = ({ flagged, nRows }: FindingOf<"flags">): string =>
  `${Figure.count(flagged)} of ${Figure.count(nRows)} flagged`

const treatmentBlock = (treatments: Found<"treatments">) =>
  plotBlock({
    title: "Treated",
    note: "What became of the pairs. Flipped pairs have their sides exchanged; removed ones are among the rejects, whole. Weight is the mean of weights or soft targets of the pairs that went on.",
    chart: null,
    tables: [
      {
        caption: "Pairs by what was done",
        columns: [
          { heading: "Stage" },
          { heading: "Treatment" },
          ...numbers("Pairs", "As they were", "Weighted", "Flipped", "Removed", "Mean weight")
        ],
        rows: treatments.map(({ finding, stage }) => [
          stage,
          names[finding.treatment],
          Figure.count(finding.nRows),
          Figure.count(finding.untouched),
          Figure.count(finding.weighted),
          Figure.count(finding.flipped),
          Figure.count(finding.removed),
          Figure.decimal(finding.meanWeight)
        ])
      }
    ]
  })

const names = { keep: "keep", weight: "weight", softLabel: "soft label", flip: "flip", remove: "remove" }

const plantedBlock = (planted: Found<"plantedNoise">) =>
  plotBlock({
    note: "Pairs whose sides were exchanged on purpose, so that what cleaners find can be held against what is there. Expected is the sum of the probabilities; what was flipped varies around it.",
    chart: null,
    tables: [
      {
        caption: "Planted noise",
        columns: [
          { heading: "Stage" },
          { heading: "Plan" },
          { heading: "Annotator or class" },
          ...numbers("Pairs", "Expected", "Flipped", "Share")
        ],
        rows: planted.flatMap(({ finding, stage }) => [
          ...finding.groups.map(({ expected, flipped, name, nRows }) => [
            stage,
            plans[finding.plan],
            name ?? "all",
            Figure.count(nRows),
            Figure.decimal(expected, 1),
            Figure.count(flipped),
            Figure.share(flipped / nRows)
          ]),
          ...(finding.leftAlone === 0
            ? []
            : [[stage, plans[finding.plan], "no margin", Figure.count(finding.leftAlone), "0.0", "0", Figure.share(0)]])
        ])
      }
    ]
  })

const plans = { uniform: "uniform", perAnnotator: "per annotator", perClass: "per class", byMargin: "by margin" }
