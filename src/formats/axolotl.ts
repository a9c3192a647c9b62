import type { ColumnType } from "../Columns.ts"
import { type Format, FormatFlaw } from "./Format.ts"
import { holds, recogniseColumns } from "./LookedAt.ts"
import { type Messages, messagesType, readMessage, readMessages, textMessage, writeMessages } from "./Messages.ts"
import { otherColumns, pairReader, pairWriter } from "./PairFormat.ts"
import { promptFlaw } from "./PairRules.ts"
import { showsTools, textType } from "./PlainTexts.ts"
import { pairNames } from "./SideColumns.ts"
import { singleReplyFlaw } from "./ShareGptTurns.ts"

const parts = [
  { part: "prompt", column: "messages" },
  { part: "chosen", column: "chosen" },
  { part: "rejected", column: "rejected" }
] as const
const replyType: ColumnType = {
  kind: "struct",
  nullable: false,
  fields: [
    { name: "role", type: textType },
    { name: "content", type: textType }
  ]
}
const shortReply = 12
const templateWords = ["assistant", "user", "system", "<|im_start|>", "<|im_end|>", "\n"]

/**
 * Axolotl `chat_template.default`: `messages`, and `chosen` and `rejected` with one message each.
 *
 * Axolotl renders a dummy turn with the reply and cuts at the first place where the reply's text occurs (trap AX-1). So replies are trimmed
 * where they begin or end with white space, a reply that is part of the markup is refused, and short ones are counted. Read are
 * replies that are texts, messages, or lists, of which Axolotl takes the last message. No tool calls.
 *
 * Source: https://docs.axolotl.ai/docs/rlhf.html
 */
export const axolotl: Format = {
  name: "axolotl",
  about: "Axolotl chat_template.default pairs",
  reads: ["pair"],
  extension: ".jsonl",
  recognise: (look) =>
    look.columns.some(({ name }) => name === "prompt")
      ? null
      : (recogniseColumns(look, { messages: "turns", chosen: "message", rejected: "message" }) ??
        recogniseColumns(look, { messages: "turns", chosen: "text", rejected: "text" }) ??
        recogniseColumns(look, { messages: "turns", chosen: "turns", rejected: "turns" })),
  reader: (look) => {
    if (!holds(look, "messages", "turns")) return otherColumns(look, `"messages", "chosen" and "rejected"`)
    return pairReader(look, {
      style: "messages",
      parts,
      hasToolCalls: showsTools(look, ["messages", "chosen", "rejected"]),
      names: pairNames,
      texts: (row) => {
        const context = readMessages(row["messages"], "messages")
        if (context instanceof FormatFlaw) return context
        const chosen = readReply(row["chosen"], "chosen")
        if (chosen instanceof FormatFlaw) return chosen
        const rejected = readReply(row["rejected"], "rejected")
        return rejected instanceof FormatFlaw ? rejected : { context, chosen, rejected }
      }
    })
  },
  writer: (holding) => {
    const remarks = new Map<string, number>()
    const count = (what: string) => void remarks.set(what, (remarks.get(what) ?? 0) + 1)
    return pairWriter(holding, {
      columns: [
        { name: "messages", type: messagesType({ hasToolCalls: false }) },
        { name: "chosen", type: replyType },
        { name: "rejected", type: replyType }
      ],
      parts,
      names: pairNames,
      remarks,
      texts: (pair) => {
        const flaw = promptFlaw(pair.context, "messages")
        if (flaw !== undefined) return flaw
        const messages = writeMessages(pair.context, { hasToolCalls: false }, "messages")
        if (messages instanceof FormatFlaw) return messages
        const chosen = writeReply(pair.chosen, "chosen", count)
        if (chosen instanceof FormatFlaw) return chosen
        const rejected = writeReply(pair.rejected, "rejected", count)
        if (rejected instanceof FormatFlaw) return rejected
        return chosen.content === rejected.content
          ? new FormatFlaw("identical replies", "rejected", "the trimmed text of the chosen reply", "another text")
          : { messages, chosen, rejected }
      }
    })
  }
}

const readReply = (value: unknown, column: string): Messages | FormatFlaw => {
  if (typeof value === "string") return [textMessage("assistant", value)]
  const last: unknown = Array.isArray(value) ? value.at(-1) : value
  const message = readMessage(last, column)
  return message instanceof FormatFlaw ? message : [message]
}

const writeReply = (reply: Messages, column: string, count: (what: string) => void) => {
  const flaw = singleReplyFlaw(reply, column)
  if (flaw !== undefined) return flaw
  const { content, toolCalls } = reply[0]!
  if (content === null || toolCalls.length > 0) {
    return new FormatFlaw("tool call", column, "a reply with tool calls", "a reply of text")
  }
  const text = content.trim()
  if (templateWords.some((word) => word.includes(text))) {
    return new FormatFlaw(
      "reply inside the chat template",
      column,
      JSON.stringify(text),
      "a text that no template contains"
    )
  }
  if (text.length < content.length) count("replies trimmed")
  if (text.length < shortReply)
    count(`replies shorter than ${shortReply} characters, which may occur in the chat template`)
  return { role: "assistant", content: text }
}
