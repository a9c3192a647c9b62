import { datasetInfo } from "./datasetInfo.ts"
import { type Format, FormatFlaw, type Look } from "./Format.ts"
import { recogniseColumns } from "./LookedAt.ts"
import { type Messages, readMessages } from "./Messages.ts"
import { otherColumns } from "./PairFormat.ts"
import { booleanType, showsTools } from "./PlainTexts.ts"
import { alternationFlaw, shareGptTurns, writeShareGpt } from "./ShareGptTurns.ts"
import { withoutToolIds } from "./llamafactorySharegpt.ts"
import { readLabel, unpairedReader, unpairedWriter } from "./UnpairedFormat.ts"

/** Columns that hold the conversation and the label, in the order in which they are looked for. */
const forms = [
  { turns: "conversations", label: "kto_tag" },
  { turns: "messages", label: "kto_tag" },
  { turns: "messages", label: "label" },
  { turns: "conversations", label: "label" }
] as const

const formOf = (look: Look) =>
  forms
    .map((form) => ({ ...form, found: recogniseColumns(look, { [form.turns]: "turns", [form.label]: "boolean" }) }))
    .find(({ found }) => found !== null)

/**
 * LLaMA-Factory KTO data: a conversation that ends with the reply, and `kto_tag`.
 *
 * Read are `conversations` or `messages` with `kto_tag` or `label`; written are `conversations` and `kto_tag`. A tag that is no JSON boolean
 * turns the row into plain supervised data at LLaMA-Factory, and turns that do not alternate drop it, so both are refused.
 *
 * Source: https://github.com/hiyouga/LLaMA-Factory/blob/main/data/README.md
 */
export const llamafactoryKto: Format = {
  name: "llamafactory-kto",
  about: "LLaMA-Factory single replies with a boolean tag, with dataset_info.json",
  reads: ["unpaired"],
  extension: ".jsonl",
  recognise: (look) => formOf(look)?.found ?? null,
  reader: (look) => {
    const form = formOf(look)
    if (form === undefined)
      return otherColumns(look, `"conversations" or "messages", and "kto_tag" with true and false`)
    return unpairedReader(look, {
      style: "messages",
      parts: [
        { part: "prompt", column: form.turns },
        { part: "chosen", column: form.turns },
        { part: "label", column: form.label }
      ],
      hasToolCalls: showsTools(look, [form.turns]),
      texts: (row) => {
        const label = readLabel(row[form.label], form.label)
        if (label instanceof FormatFlaw) return label
        const turns = readMessages(row[form.turns], form.turns)
        return turns instanceof FormatFlaw ? turns : splitReply(turns, form.turns, label)
      }
    })
  },
  writer: (holding) =>
    withoutToolIds(
      holding,
      unpairedWriter(holding, {
        columns: [
          { name: "conversations", type: shareGptTurns },
          { name: "kto_tag", type: booleanType }
        ],
        parts: [
          { part: "prompt", column: "conversations" },
          { part: "chosen", column: "conversations" },
          { part: "label", column: "kto_tag" }
        ],
        texts: ({ context, label, reply }) => {
          const turns = [...context, ...reply]
          const flaw = alternationFlaw(turns, "even", "conversations")
          if (flaw !== undefined) return flaw
          const conversations = writeShareGpt(turns, "conversations")
          return conversations instanceof FormatFlaw ? conversations : { conversations, kto_tag: label }
        }
      })
    ),
  companion: (file, writer) =>
    datasetInfo(file, writer, {
      formatting: "sharegpt",
      ranking: false,
      columns: { messages: "conversations", kto_tag: "kto_tag", tools: "tools" }
    })
}

const splitReply = (turns: Messages, column: string, label: boolean) => {
  const reply = turns.at(-1)
  if (reply?.role !== "assistant" || turns.length < 2) {
    const found = reply === undefined ? "no message" : `a last message of the ${reply.role}`
    return new FormatFlaw("no reply at the end", column, found, "a prompt and a reply of the assistant")
  }
  return { context: turns.slice(0, -1), reply: [reply], label }
}
