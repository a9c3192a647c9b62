import type { Manifest } from "../Manifest.ts"
import type { CardPicture } from "./Card.ts"
import { escapeMarkdown } from "./escapeMarkdown.ts"
import * as Figure from "../Figure.ts"
import { markdownTable } from "./markdownTable.ts"
import { nextSteps } from "./nextSteps.ts"
import { type FindingOf, findingsOf } from "./Section.ts"
import { sentence } from "./sentence.ts"
import { votesInWords } from "./votesInWords.ts"

/** Says what is known of the data: the noise of the labels with its interval, the pairs, injected errors, and what the loss needs to know. */
export const cardFindings = (manifest: Manifest, pictures: ReadonlyArray<CardPicture>): ReadonlyArray<string> => {
  const noise = findingsOf(manifest, "noise")
  const pairs = findingsOf(manifest, "pairs")
  const injections = findingsOf(manifest, "injections").flatMap(({ finding }) => finding.types)
  const shown = (about: CardPicture["about"]) => pictures.filter((picture) => picture.about === about).map(imageOf)
  return [
    ...(noise.length === 0 ? [] : ["## Label noise", ...noise.flatMap(noiseOf), ...shown("noise")]),
    ...adviceOf(manifest),
    ...(pairs.length === 0 ? [] : ["## Pairs", pairTable(pairs.map(({ finding }) => finding)), ...shown("pairs")]),
    ...(injections.length === 0 ? [] : ["## Injected errors", injectionTable(injections)])
  ]
}

const imageOf = ({ path, title }: CardPicture): string =>
  `![${escapeMarkdown(title)}](${path})\n\n*${escapeMarkdown(sentence(title))}*`

const noiseOf = ({
  finding,
  stage
}: {
  readonly stage: string
  readonly finding: FindingOf<"noise">
}): ReadonlyArray<string> => {
  const { annotators, flagged, method, nLabels, noiseRate, plantedNoiseRate, treatment, votes } = finding
  const planted = plantedNoiseRate === null ? "" : ` (planted: ${Figure.share(plantedNoiseRate)})`
  const shown = annotators
    .slice(0, mostAnnotators)
    .map((one) => [
      one.id,
      Figure.count(one.nLabels),
      Figure.share(one.reliability?.estimate ?? null),
      Figure.interval(one.reliability),
      Figure.share(one.planted)
    ])
  const left = annotators.length - shown.length
  return [
    `Stage **${escapeMarkdown(stage)}** (${escapeMarkdown(method)}, treatment ${escapeMarkdown(treatment)}) looked at ` +
      `${Figure.counted(nLabels, "label")} and flagged ${Figure.count(flagged)}. Share of wrong labels, before treatment: ` +
      `**${Figure.estimated(noiseRate)}**${planted}.`,
    ...(shown.length === 0
      ? []
      : [markdownTable(["Annotator", "Labels", "Reliability", "95% interval", "Planted"], shown, [1, 2, 3, 4])]),
    ...(left > 0 ? [`${Figure.count(left)} more annotators are in the report.`] : []),
    ...(votes === undefined ? [] : [votesInWords(votes).join(" ")])
  ]
}

const mostAnnotators = 20

/** The next steps that end in a setting of the trainer. */
const adviceOf = (manifest: Manifest): ReadonlyArray<string> => {
  const advice = nextSteps(manifest).flatMap(({ code, text, title }) =>
    code === undefined
      ? []
      : [
          `**${escapeMarkdown(title)}.** ${escapeMarkdown(text)}`,
          `\`\`\`python\nfrom trl import DPOConfig\n\n${code}\n\`\`\``
        ]
  )
  return advice.length === 0 ? [] : ["## Training on it", ...advice]
}

const pairTable = (pairs: ReadonlyArray<FindingOf<"pairs">>): string =>
  markdownTable(
    ["Rule", "Pairs", "Doubtful", "Mean label probability", "Order right, planted", "Chosen is longer"],
    pairs.map((finding) => [
      finding.rule,
      Figure.count(finding.nPairs),
      Figure.count(finding.doubtful),
      Figure.share(finding.meanLabelProb),
      Figure.share(finding.plantedAccuracy),
      Figure.share(finding.chosenLongerShare)
    ]),
    [1, 2, 3, 4, 5]
  )

const injectionTable = (types: FindingOf<"injections">["types"]): string =>
  markdownTable(
    ["Error", "Asked for", "Kept", "Length after by before"],
    types.map((type) => [
      type.errorType,
      Figure.count(type.asked),
      Figure.count(type.kept),
      Figure.factor(type.meanLogLengthRatio)
    ]),
    [1, 2, 3]
  )
