import * as Columns from "../Columns.ts"
import type { Manifest } from "../Manifest.ts"
import type { CardConfig, CardFacts, CardSplit } from "./Card.ts"
import { cardConversion } from "./cardConversion.ts"
import { cardFindings } from "./cardFindings.ts"
import { cardMaking } from "./cardMaking.ts"
import { cardPreflight } from "./cardPreflight.ts"
import { cardRegistry } from "./cardRegistry.ts"
import { escapeMarkdown } from "./escapeMarkdown.ts"
import * as Figure from "../Figure.ts"
import { markdownTable } from "./markdownTable.ts"
import { meaningIn } from "./meaningIn.ts"
import { findingsOf } from "./Section.ts"
import { sentence } from "./sentence.ts"
import { unreadFiles } from "./unreadFiles.ts"
import { warningsOf } from "./warningsOf.ts"

/** Writes the text of a card below its front matter: what the data are, how they were made, how noisy they are, how to load them. */
export const cardBody = (manifest: Manifest, facts: CardFacts): string =>
  [
    `# ${escapeMarkdown(facts.prettyName)}${manifest.simulated ? " (simulated data)" : ""}`,
    ...(manifest.simulated ? [`> **Simulated.** ${escapeMarkdown(manifest.notice ?? madeUp)}`] : []),
    ...(!manifest.simulated && manifest.notice !== null ? [`> ${escapeMarkdown(manifest.notice)}`] : []),
    whatItIs(manifest, facts.configs),
    "## How to load it",
    ...howToLoad(manifest, facts.configs),
    "## How it was made",
    ...(manifest.conversion === undefined
      ? cardMaking(manifest, facts.spend ?? [])
      : cardConversion(manifest, manifest.conversion)),
    ...cardFindings(manifest, facts.pictures ?? []),
    ...cardPreflight(manifest),
    "## Columns",
    ...facts.configs.flatMap((config) => [
      ...(facts.configs.length > 1 ? [`### ${escapeMarkdown(config.name)}`] : []),
      markdownTable(
        ["Column", "Type", "Meaning"],
        config.features.map((column) => [column.name, Columns.wanted(column.type), meaningIn(config, column.name)])
      )
    ]),
    ...(facts.lost === undefined || facts.lost.length === 0
      ? []
      : ["## What the format could not hold", bullets(facts.lost.map((what) => escapeMarkdown(sentence(what))))]),
    "## Known limits",
    bullets(knownLimits(manifest, facts))
  ].join("\n\n") + "\n"

const bullets = (lines: ReadonlyArray<string>): string => lines.map((line) => `- ${line}`).join("\n")

const madeUp = "No real model was asked: every answer and every judgment was made up, with a truth that is known."

const whatItIs = (manifest: Manifest, configs: ReadonlyArray<CardConfig>): string => {
  const rows = configs.flatMap((config) =>
    config.splits.map((split) => [
      config.name + (config.default && configs.length > 1 && config.name !== "default" ? " (default)" : ""),
      split.name,
      Figure.count(split.rows),
      Figure.bytes(split.bytes),
      split.pathGlob
    ])
  )
  return `${whence(manifest)}\n\n${markdownTable(["Table", "Split", "Rows", "Size", "Files"], rows, [2, 3])}`
}

const whence = (manifest: Manifest): string => {
  if (manifest.conversion !== undefined) {
    const to = findingsOf(manifest, "export").map(
      ({ finding }) => ` in the format **${escapeMarkdown(finding.format)}**`
    )
    return (
      `Preference data${to.join("")}, converted by Prefloom ${escapeMarkdown(manifest.prefloom)}. ` +
      "[manifest.json](manifest.json) beside this card has what it says of the conversion as JSON."
    )
  }
  return (
    `Preference data made by the pipeline **${escapeMarkdown(manifest.pipeline)}** of Prefloom ${escapeMarkdown(manifest.prefloom)}, seed ${manifest.seed}` +
    `${manifest.limit === null ? "" : `, from the first ${Figure.count(manifest.limit)} rows of its source`}. ` +
    "The [report](report.html) beside this card says more, [manifest.json](manifest.json) everything."
  )
}

const howToLoad = (manifest: Manifest, configs: ReadonlyArray<CardConfig>): ReadonlyArray<string> => {
  if (configs.length === 0) return ["There is no table in it."]
  const config = configs.find((one) => one.default && hasRows(one)) ?? configs.find(hasRows)
  const filled = config?.splits.filter((one) => one.rows > 0) ?? []
  const split = filled.find((one) => one.name === "train") ?? filled[0]
  if (config === undefined || split === undefined)
    return ["There are no rows in it, so that `datasets` cannot load it."]
  const name = configs.length > 1 ? `, ${JSON.stringify(config.name)}` : ""
  const python = `from datasets import load_dataset\n\nrows = load_dataset("path/or/name/of/this/dataset"${name}, split=${JSON.stringify(split.name)})`
  const glob = queryable(manifest, split)
  const query = `-- DuckDB, in this folder\nSELECT * FROM '${glob?.replaceAll("'", "''")}' LIMIT 10;`
  const empty = configs.flatMap((one) =>
    one.splits
      .filter(({ rows }) => rows === 0)
      .map(({ name: of }) => (configs.length > 1 ? `${one.name}, split ${of}` : `split ${of}`))
  )
  const registry = cardRegistry(manifest, config, split)
  return [
    fenced("python", python),
    ...(registry === null ? [] : [fenced("yaml", registry)]),
    ...(glob === null ? [] : [fenced("sql", query)]),
    ...(empty.length === 0
      ? []
      : [`\`datasets\` cannot load what has no rows, and is not told of: ${empty.map(escapeMarkdown).join("; ")}.`])
  ]
}

const hasRows = ({ splits }: CardConfig): boolean => splits.some(({ rows }) => rows > 0)

/** The files of a split as a query names them, or null where DuckDB does not read them by itself. */
const queryable = ({ files }: Manifest, { pathGlob }: CardSplit): string | null => {
  const readable = /\.(?:parquet|jsonl|json|csv)(?:\.gz|\.zst)?$/
  if (readable.test(pathGlob)) return pathGlob
  const start = pathGlob.replace(/\*$/, "")
  const extension = readable.exec(files.find(({ path }) => path.startsWith(start))?.path ?? "")?.[0]
  return extension === undefined ? null : pathGlob + extension
}

const knownLimits = (manifest: Manifest, facts: CardFacts): ReadonlyArray<string> => {
  const warnings = warningsOf(manifest).map(({ messages, title }) => {
    const more = messages.length > 1 ? ` And ${Figure.counted(messages.length - 1, "more warning")} of this kind.` : ""
    return `${escapeMarkdown(title)}. ${escapeMarkdown(sentence(messages[0]!.message))}${more}`
  })
  const kinds = new Set(manifest.findings.map(({ finding }) => finding.kind))
  const unread = unreadFiles(manifest.files)
  const reversed = findingsOf(manifest, "noise").some(({ finding }) => (finding.noiseRate?.estimate ?? 0) >= 0.5)
  return [
    ...warnings,
    ...(manifest.simulated
      ? ["Texts and labels are simulated: fit for trying a pipeline, not for training a model."]
      : []),
    ...(reversed ? ["More than half of the labels are estimated to be wrong: do not train on them as they are."] : []),
    ...(kinds.has("noise")
      ? [
          "The noise estimate holds for labels whose errors do not depend on the text, and is only as good as the calibration of the scorer."
        ]
      : []),
    ...(kinds.has("injections") ? ["Injected errors are more uniform than the errors models make by themselves."] : []),
    ...(manifest.conversion === undefined
      ? []
      : ["Labels are those of the source: how many of them are wrong was not looked at; `prefloom audit` does that."]),
    ...(unread === null ? [] : [`croissant.json describes the files, but ${unread}`]),
    ...(facts.licence === undefined
      ? ["No licence is stated, and the licences of the texts that went in were not looked at."]
      : ["The licences of the texts that went in were not looked at."]),
    "Texts were not checked for personal data or harm."
  ]
}

/** A code block whose fence is longer than any run of backticks inside. */
const fenced = (language: string, code: string): string => {
  const longest = Math.max(2, ...Array.from(code.matchAll(/`+/g), ([run]) => run.length))
  const fence = "`".repeat(longest + 1)
  return `${fence}${language}\n${code}\n${fence}`
}
