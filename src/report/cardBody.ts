import * as Columns from "../Columns.ts"
import type { Manifest } from "../Manifest.ts"
import type { CardConfig, CardFacts, CardSplit } from "./Card.ts"
import { columnMeaning } from "./columnMeaning.ts"
import { escapeMarkdown } from "./escapeMarkdown.ts"
import * as Figure from "./Figure.ts"
import { type FindingOf, findingsOf } from "./Section.ts"
import { sentence } from "./sentence.ts"
import { warningsOf } from "./warningsOf.ts"

/** Writes the text of a card below its front matter: what the data are, how they were made, how noisy they are, how to load them. */
export const cardBody = (manifest: Manifest, facts: CardFacts): string =>
  [
    `# ${escapeMarkdown(facts.prettyName)}`,
    ...(manifest.simulated ? [`> **Simulated.** ${escapeMarkdown(manifest.notice ?? madeUp)}`] : []),
    ...(!manifest.simulated && manifest.notice !== null ? [`> ${escapeMarkdown(manifest.notice)}`] : []),
    whatItIs(manifest, facts.configs),
    "## How to load it",
    ...howToLoad(manifest, facts.configs),
    "## How it was made",
    ...howMade(manifest),
    ...labelNoise(manifest),
    "## Columns",
    ...facts.configs.flatMap((config) => [
      ...(facts.configs.length > 1 ? [`### ${escapeMarkdown(config.name)}`] : []),
      table(
        ["Column", "Type", "Meaning"],
        config.features.map((column) => [column.name, Columns.wanted(column.type), columnMeaning(column.name)])
      )
    ]),
    "## Known limits",
    knownLimits(manifest)
      .map((limit) => `- ${limit}`)
      .join("\n")
  ].join("\n\n") + "\n"

const madeUp = "No real model was asked: every answer and every judgment was made up, with a truth that is known."

const whatItIs = (manifest: Manifest, configs: ReadonlyArray<CardConfig>): string => {
  const paragraph =
    `Preference data made by the pipeline ${strong(manifest.pipeline)} of Prefloom ${escapeMarkdown(manifest.prefloom)}, seed ${manifest.seed}` +
    `${manifest.limit === null ? "" : `, from the first ${Figure.count(manifest.limit)} rows of its source`}. ` +
    `The report beside this card shows the same numbers as pictures.`
  const rows = configs.flatMap((config) =>
    config.splits.map((split) => [
      config.name + (config.default && configs.length > 1 && config.name !== "default" ? " (default)" : ""),
      split.name,
      Figure.count(split.rows),
      Figure.bytes(split.bytes),
      split.pathGlob
    ])
  )
  return `${paragraph}\n\n${table(["Table", "Split", "Rows", "Size", "Files"], rows, [2, 3])}`
}

const howToLoad = (manifest: Manifest, configs: ReadonlyArray<CardConfig>): ReadonlyArray<string> => {
  const config = configs.find((one) => one.default) ?? configs[0]
  const split = config?.splits.find((one) => one.rows > 0) ?? config?.splits[0]
  if (config === undefined || split === undefined) return ["There is no table in it."]
  const name = configs.length > 1 ? `, ${JSON.stringify(config.name)}` : ""
  const python = `from datasets import load_dataset\n\nrows = load_dataset("path/or/name/of/this/dataset"${name}, split=${JSON.stringify(split.name)})`
  const glob = queryable(manifest, split)
  const query = `-- DuckDB, in this folder\nSELECT * FROM '${glob?.replaceAll("'", "''")}' LIMIT 10;`
  return [fenced("python", python), ...(glob === null ? [] : [fenced("sql", query)])]
}

/** The files of a split as a query names them, or null where DuckDB does not read them by itself. */
const queryable = ({ files }: Manifest, { pathGlob }: CardSplit): string | null => {
  const readable = /\.(?:parquet|jsonl|json|csv)(?:\.gz|\.zst)?$/
  if (readable.test(pathGlob)) return pathGlob
  const start = pathGlob.replace(/\*$/, "")
  const extension = readable.exec(files.find(({ path }) => path.startsWith(start))?.path ?? "")?.[0]
  return extension === undefined ? null : pathGlob + extension
}

const howMade = (manifest: Manifest): ReadonlyArray<string> => {
  const { libraries, pipelineHash, provider, stages } = manifest
  const who =
    provider === null
      ? "No model was asked."
      : `Answers came from provider ${strong(provider.name)}` +
        (provider.models.length === 0
          ? "."
          : `, ${provider.models.length === 1 ? "model" : "models"} ${provider.models.map(strong).join(", ")}.`)
  const versions = Object.entries(libraries).map(
    ([name, version]) => `${escapeMarkdown(name)} ${escapeMarkdown(version)}`
  )
  return [
    `${who} The same pipeline, input, seed and answers give the same files, byte for byte.`,
    table(
      ["Stage", "Rows in", "Rows out", "Rejected", "Why"],
      stages.map((stage) => [
        stage.key,
        stage.kind === "source" ? "" : Figure.count(stage.rowsIn),
        Figure.count(stage.rowsOut),
        Figure.count(Object.values(stage.rejected).reduce((sum, n) => sum + n, 0)),
        Object.entries(stage.rejected)
          .map(([reason, n]) => `${reason} ${Figure.count(n)}`)
          .join(", ")
      ]),
      [1, 2, 3]
    ),
    `What a row is changes on the way: a prompt with its answers becomes pairs. Pipeline hash ${escapeMarkdown(pipelineHash)}.` +
      (versions.length === 0 ? "" : ` Made with ${versions.join(", ")}.`)
  ]
}

const labelNoise = (manifest: Manifest): ReadonlyArray<string> => {
  const all = findingsOf(manifest, "noise")
  return all.length === 0 ? [] : ["## Label noise", ...all.flatMap(noiseOf)]
}

const noiseOf = ({
  finding,
  stage
}: {
  readonly stage: string
  readonly finding: FindingOf<"noise">
}): ReadonlyArray<string> => {
  const { annotators, flagged, method, nLabels, noiseRate, plantedNoiseRate, treatment } = finding
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
    `Stage ${strong(stage)} (${escapeMarkdown(method)}, treatment ${escapeMarkdown(treatment)}) looked at ` +
      `${Figure.counted(nLabels, "label")} and flagged ${Figure.count(flagged)}. Share of wrong labels, before treatment: ` +
      `**${Figure.estimated(noiseRate)}**${planted}.`,
    ...(shown.length === 0
      ? []
      : [table(["Annotator", "Labels", "Reliability", "95% interval", "Planted"], shown, [1, 2, 3, 4])]),
    ...(left > 0 ? [`${Figure.count(left)} more annotators are in the report.`] : [])
  ]
}

const mostAnnotators = 20

const knownLimits = (manifest: Manifest): ReadonlyArray<string> => {
  const warnings = warningsOf(manifest).map(({ messages, title }) => {
    const more = messages.length > 1 ? ` And ${Figure.counted(messages.length - 1, "more warning")} of this kind.` : ""
    return `${escapeMarkdown(title)}. ${escapeMarkdown(sentence(messages[0]!.message))}${more}`
  })
  const kinds = new Set(manifest.findings.map(({ finding }) => finding.kind))
  return [
    ...warnings,
    ...(manifest.simulated
      ? ["Texts and labels are simulated: fit for trying a pipeline, not for training a model."]
      : []),
    ...(kinds.has("noise")
      ? [
          "The noise estimate holds for labels whose errors do not depend on the text, and is only as good as the calibration of the scorer."
        ]
      : []),
    ...(kinds.has("injections") ? ["Injected errors are more uniform than the errors models make by themselves."] : []),
    "Texts were not checked for personal data, licences or harm."
  ]
}

const strong = (text: string): string => `**${escapeMarkdown(text)}**`

const table = (
  headings: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  numeric: ReadonlyArray<number> = []
): string =>
  [
    headings,
    headings.map((_, i) => (numeric.includes(i) ? "---:" : "---")),
    ...rows.map((cells) => cells.map(escapeMarkdown))
  ]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n")

/** A code block whose fence is longer than any run of backticks inside. */
const fenced = (language: string, code: string): string => {
  const longest = Math.max(2, ...Array.from(code.matchAll(/`+/g), ([run]) => run.length))
  const fence = "`".repeat(longest + 1)
  return `${fence}${language}\n${code}\n${fence}`
}
