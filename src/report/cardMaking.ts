import type { Manifest } from "../Manifest.ts"
import type { CardSpend } from "./Card.ts"
import { escapeMarkdown } from "./escapeMarkdown.ts"
import * as Figure from "../Figure.ts"
import { markdownTable } from "./markdownTable.ts"
import { shorten } from "./shorten.ts"

/** Says how the data were made: by whom, in which stages, with which prompts and options, and what that took. */
export const cardMaking = (manifest: Manifest, spend: ReadonlyArray<CardSpend>): ReadonlyArray<string> => {
  const { libraries, pipelineHash, provider, seed } = manifest
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
    `${who} The same pipeline, input, seed and answers give the same files, byte for byte. The seed was ${seed}.`,
    stageTable(manifest),
    `What a row is changes on the way: a prompt with its answers becomes pairs. Pipeline hash ${escapeMarkdown(pipelineHash)}.` +
      (versions.length === 0 ? "" : ` Made with ${versions.join(", ")}.`),
    ...toldTable(manifest),
    ...cost(manifest, spend)
  ]
}

const strong = (text: string): string => `**${escapeMarkdown(text)}**`

const stageTable = ({ stages }: Manifest): string =>
  markdownTable(
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
  )

const mostOptions = 80
const mostCharacters = 400

const toldTable = ({ stages }: Manifest): ReadonlyArray<string> => {
  const rows = stages.flatMap(({ config, key }) =>
    leavesOf(config, "").map(([option, value]) => [key, option, shorten(value, mostCharacters)])
  )
  if (rows.length === 0) return []
  const left = rows.length - mostOptions
  return [
    "### What each stage was told",
    "Prompts, rubrics and options; `manifest.json` has them word for word.",
    markdownTable(["Stage", "Option", "Value"], rows.slice(0, mostOptions)),
    ...(left > 0 ? [`${Figure.counted(left, "more option")} in \`manifest.json\`.`] : [])
  ]
}

/** The values in a stage's options with their places, those that are null left out. */
const leavesOf = (value: unknown, place: string): ReadonlyArray<readonly [string, string]> => {
  if (value === null || value === undefined) return []
  if (typeof value === "string") return [[place, value]]
  if (typeof value !== "object") return [[place, JSON.stringify(value)]]
  if (Array.isArray(value) && value.every((item) => typeof item !== "object")) {
    return value.length === 0 ? [] : [[place, value.map(String).join(", ")]]
  }
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, place === "" ? key : `${place}.${key}`))
}

const cost = ({ simulated }: Manifest, spend: ReadonlyArray<CardSpend>): ReadonlyArray<string> => {
  const asked = spend.filter(({ calls }) => calls > 0)
  if (asked.length === 0) return []
  const title = "### What it took"
  const counted = "Calls that were answered, over all runs into this folder."
  if (simulated) {
    const calls = asked.map((one) => [one.model, Figure.count(one.calls)])
    return [title, `${counted} They were simulated and cost nothing.`, markdownTable(["Model", "Calls"], calls, [1])]
  }
  const rows = asked.map((one) => [
    one.model,
    Figure.count(one.calls),
    tokensOf(one, "promptTokens"),
    tokensOf(one, "completionTokens"),
    costOf(one)
  ])
  const isEstimated = asked.some((one) => one.uncountedCalls > 0 && one.promptTokens + one.completionTokens > 0)
  return [
    title,
    isEstimated ? `${counted} Tokens that no server counted were estimated.` : counted,
    markdownTable(["Model", "Calls", "Prompt tokens", "Answer tokens", "US dollars"], rows, [1, 2, 3, 4])
  ]
}

const tokensOf = (spend: CardSpend, which: "promptTokens" | "completionTokens"): string => {
  if (spend.uncountedCalls === 0) return Figure.count(spend[which])
  return spend.promptTokens + spend.completionTokens === 0 ? Figure.notKnown : `about ${Figure.count(spend[which])}`
}

const costOf = ({ calls, costUsd, uncountedCalls, unpricedCalls }: CardSpend): string => {
  if (unpricedCalls >= calls) return Figure.notKnown
  const about = uncountedCalls > 0 && costUsd > 0 ? "about " : ""
  const known = `${about}${costUsd < 1 ? Number(costUsd.toPrecision(3)) : costUsd.toFixed(2)}`
  return unpricedCalls === 0 ? known : `at least ${known}`
}
