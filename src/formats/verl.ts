import type { ColumnType } from "../Columns.ts"
import { type Format, FormatFlaw, type Holding } from "./Format.ts"
import { recogniseColumns } from "./LookedAt.ts"
import { writeMessages, messagesType } from "./Messages.ts"
import { notOfKind } from "./PairFormat.ts"
import { promptFlaw } from "./PairRules.ts"
import { textType } from "./PlainTexts.ts"
import { promptNames, sideWriter } from "./SideColumns.ts"
import { explicitReader, explicitWriter } from "./trlPreference.ts"
import { pairNames } from "./SideColumns.ts"
import { trlPrompt } from "./trlPrompt.ts"

const wanted = { data_source: "text", prompt: "turns", reward_model: "struct" } as const
const answers = ["ground_truth", "answer", "solution", "reference"]

/**
 * verl data: prompts for RL with `data_source`, `prompt`, `ability` and `reward_model`, or pairs of plain texts for its reward model.
 *
 * Prompts are written with `data_source` and `ability` from columns of that name, else "unknown" and "", and the answer from a column called
 * ground_truth, answer, solution or reference; without one the reward style is "model". Pairs are texts: messages are refused.
 *
 * Source: https://verl.readthedocs.io/en/latest/preparation/prepare_data.html
 */
export const verl: Format = {
  name: "verl",
  about: "verl prompts for RL, or plain text pairs for its reward model",
  reads: ["prompt", "pair"],
  extension: ".parquet",
  recognise: (look) => recogniseColumns(look, wanted),
  reader: (look) => (verl.recognise(look) === null ? explicitReader(look, pairNames) : trlPrompt.reader(look)),
  writer: (holding) => {
    if (holding.kind === "pair" || holding.kind === "ranked")
      return explicitWriter({ ...holding, style: "text" }, pairNames)
    return holding.kind === "prompt" ? promptWriter(holding) : notOfKind(holding, "prompts or pairs")
  }
}

const rewardType: ColumnType = {
  kind: "struct",
  nullable: false,
  fields: [
    { name: "style", type: textType },
    { name: "ground_truth", type: textType }
  ]
}

const promptWriter = (holding: Holding): ReturnType<Format["writer"]> => {
  const has = (name: string, kind: string) =>
    holding.extra.some((column) => column.name === name && column.type.kind === kind)
  const isVerl = has("reward_model", "struct")
  const fixed = ["data_source", "ability", ...(isVerl ? [] : ["reward_model"])].filter(
    (name) => !isVerl || !has(name, "string")
  )
  const answer = answers.find((name) => has(name, "string"))
  const taken = fixed.filter((name) => has(name, "string"))
  const rest = { ...holding, extra: holding.extra.filter(({ name }) => !taken.includes(name)) }
  // Keys are looked up in `extra_info` of every row that has one.
  const looked = has("extra_info", "struct") ? [] : ["extra_info"]
  const sides = sideWriter(rest, promptNames, ["prompt", ...fixed, ...looked])
  return {
    columns: [
      { name: "prompt", type: messagesType(holding) },
      ...fixed.map((name) => ({ name, type: name === "reward_model" ? rewardType : textType })),
      ...sides.columns
    ],
    parts: [{ part: "prompt", column: "prompt" }, ...sides.parts],
    extra: [...sides.extra, ...taken.map((name) => ({ from: name, to: name }))],
    notes: isVerl || answer !== undefined ? [] : [`no column ${answers.join(", ")}: the reward style is "model"`],
    write: (record, into) => {
      const flaw = promptFlaw(record.context, "prompt")
      if (flaw !== undefined) return flaw
      const prompt = writeMessages(record.context, holding, "prompt")
      if (prompt instanceof FormatFlaw) return prompt
      const text = (name: string, otherwise: string) => {
        const value = record.extra[name]
        return typeof value === "string" ? value : otherwise
      }
      const truth = answer === undefined ? "" : text(answer, "")
      const values: Readonly<Record<string, unknown>> = {
        data_source: text("data_source", "unknown"),
        ability: text("ability", ""),
        reward_model: { style: answer === undefined ? "model" : "rule", ground_truth: truth }
      }
      const row: Record<string, unknown> = { prompt }
      for (const name of fixed) row[name] = values[name]
      sides.write(record, [], row)
      into.push(row)
      return undefined
    }
  }
}
