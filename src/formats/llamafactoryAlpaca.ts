import type { PreferenceMessage } from "../../schemas/Preference.ts"
import { datasetInfo } from "./datasetInfo.ts"
import { type Format, FormatFlaw, type Row } from "./Format.ts"
import { columnOf, recogniseColumns } from "./LookedAt.ts"
import { kindOf, type Messages, textMessage } from "./Messages.ts"
import { otherColumns, pairReader, pairWriter } from "./PairFormat.ts"
import { notText, plainText, readReplies, textType } from "./PlainTexts.ts"
import { pairNames } from "./SideColumns.ts"
import { alternationFlaw } from "./ShareGptTurns.ts"

const wanted = { instruction: "text", chosen: "text", rejected: "text" } as const
const parts = [
  { part: "prompt", column: "instruction" },
  { part: "prompt", column: "input" },
  { part: "prompt", column: "system" },
  { part: "prompt", column: "history" },
  { part: "chosen", column: "chosen" },
  { part: "rejected", column: "rejected" }
] as const

/**
 * LLaMA-Factory ranking data in alpaca form: `instruction`, `input`, `chosen`, `rejected`, and where there are turns `system` and `history`.
 *
 * The instruction and a non-empty input are joined by a line break, as LLaMA-Factory does; written is an instruction with an empty input.
 * Replies have to be texts, since anything else turns the row into something else without a word. No tool calls.
 *
 * Source: https://github.com/hiyouga/LLaMA-Factory/blob/main/data/README.md
 */
export const llamafactoryAlpaca: Format = {
  name: "llamafactory-alpaca",
  about: "LLaMA-Factory ranking pairs in alpaca form, with dataset_info.json",
  reads: ["pair"],
  extension: ".jsonl",
  recognise: (look) => recogniseColumns(look, wanted),
  reader: (look) => {
    if (recogniseColumns(look, wanted) === null) {
      return otherColumns(look, `"instruction", "chosen" and "rejected" with text`)
    }
    const has = (name: string) => columnOf(look, name) !== undefined
    return pairReader(look, {
      style: has("system") || has("history") ? "messages" : "text",
      parts: parts.filter(({ column }) => has(column)),
      names: pairNames,
      texts: (row) => readReplies(row, readContext(row))
    })
  },
  writer: (holding) => {
    const isText = holding.style === "text"
    const turnColumns = isText
      ? []
      : ([
          { name: "system", type: { kind: "string", nullable: true } },
          { name: "history", type: historyType }
        ] as const)
    return pairWriter(holding, {
      columns: [
        { name: "instruction", type: textType },
        { name: "input", type: textType },
        ...turnColumns,
        { name: "chosen", type: textType },
        { name: "rejected", type: textType }
      ],
      parts: isText ? parts.filter(({ column }) => column !== "system" && column !== "history") : parts,
      names: pairNames,
      texts: (pair) => {
        const row = writeContext(pair.context, isText)
        if (row instanceof FormatFlaw) return row
        const chosen = plainText(pair.chosen, "chosen")
        if (chosen instanceof FormatFlaw) return chosen
        const rejected = plainText(pair.rejected, "rejected")
        return rejected instanceof FormatFlaw ? rejected : { ...row, chosen, rejected }
      }
    })
  },
  companion: (file, writer) =>
    datasetInfo(file, writer, {
      formatting: "alpaca",
      ranking: true,
      columns: {
        prompt: "instruction",
        query: "input",
        system: "system",
        history: "history",
        tools: "tools",
        chosen: "chosen",
        rejected: "rejected"
      }
    })
}

const historyType = {
  kind: "list",
  nullable: true,
  element: { kind: "list", nullable: false, element: textType }
} as const

const readContext = (row: Row): Messages | FormatFlaw => {
  const { history, input, instruction, system } = row
  if (typeof instruction !== "string") return notText(instruction, "instruction")
  if (input !== null && input !== undefined && typeof input !== "string") return notText(input, "input")
  if (system !== null && system !== undefined && typeof system !== "string") return notText(system, "system")
  if (history !== null && history !== undefined && !Array.isArray(history)) {
    return new FormatFlaw("wrong type", "history", kindOf(history), "pairs of texts")
  }
  const messages: Array<PreferenceMessage> = []
  if (typeof system === "string" && system !== "") messages.push(textMessage("system", system))
  for (const turn of (history ?? []) as ReadonlyArray<unknown>) {
    const [user, assistant] = Array.isArray(turn) ? (turn as ReadonlyArray<unknown>) : []
    if (typeof user !== "string" || typeof assistant !== "string") {
      return new FormatFlaw("wrong type", "history", kindOf(turn), "pairs of texts")
    }
    messages.push(textMessage("user", user), textMessage("assistant", assistant))
  }
  const isJoined = typeof input === "string" && input !== ""
  messages.push(textMessage("user", isJoined ? `${instruction}\n${input}` : instruction))
  return messages
}

const writeContext = (context: Messages, isText: boolean): Record<string, unknown> | FormatFlaw => {
  if (isText) {
    const instruction = plainText(context, "instruction")
    return instruction instanceof FormatFlaw ? instruction : { instruction, input: "" }
  }
  const flaw = alternationFlaw(context, "odd", "history")
  if (flaw !== undefined) return flaw
  const system = context[0]!.role === "system" ? context[0]!.content : null
  if (system === "")
    return new FormatFlaw("empty system turn", "system", "an empty text", "text, since an empty one is no turn")
  const turns = system === null ? context : context.slice(1)
  const texts: Array<string> = []
  for (const message of turns) {
    const text = plainText([message], "history")
    if (text instanceof FormatFlaw) return text
    texts.push(text)
  }
  const history = Array.from({ length: (texts.length - 1) / 2 }, (_, i) => [texts[2 * i]!, texts[2 * i + 1]!])
  return { instruction: texts.at(-1)!, input: "", system, history: history.length === 0 ? null : history }
}
