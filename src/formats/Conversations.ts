import { FormatFlaw, type Format, type Holding, type Look, type PartColumn, type Row } from "./Format.ts"
import { type Messages, messagesType, readMessages, sameMessage, writeMessages } from "./Messages.ts"
import type { Column } from "../Columns.ts"
import { pairReader, pairWriter, type PairTexts, type WrittenPair } from "./PairFormat.ts"
import { promptFlaw } from "./PairRules.ts"
import { showsTools } from "./PlainTexts.ts"
import type { SideNames } from "./SideColumns.ts"
import { toolNotes, trlColumns } from "./trlPreference.ts"

/**
 * Splits two whole conversations into the history that they share and their replies.
 *
 * The history is what both begin with, up to the last message that is not the assistant's; messages are compared as read, so that a key
 * with null and a key that is absent are the same (trap TRL-4). Texts are never compared character by character (TRL-3).
 */
export const splitConversations = (
  chosen: Messages,
  rejected: Messages,
  columns: readonly [string, string]
): PairTexts | FormatFlaw => {
  const empty = chosen.length === 0 ? columns[0] : rejected.length === 0 ? columns[1] : undefined
  if (empty !== undefined) return new FormatFlaw("missing text", empty, "an empty list", "messages")
  let n = 0
  while (n < chosen.length && n < rejected.length && sameMessage(chosen[n]!, rejected[n]!)) n++
  while (n > 0 && (chosen[n - 1]!.role === "assistant" || n === chosen.length || n === rejected.length)) n--
  const replies = [chosen.slice(n), rejected.slice(n)] as const
  if (replies.some((reply) => reply[0]?.role !== "assistant")) {
    return new FormatFlaw(
      "different prompts",
      columns[1],
      "a history that differs from the chosen one",
      "the same history"
    )
  }
  if (n === 0)
    return new FormatFlaw("empty prompt", columns[0], "a conversation that begins with the reply", "a prompt")
  return { context: chosen.slice(0, n), chosen: replies[0], rejected: replies[1] }
}

/** Reads pairs of whole conversations. */
export const conversationReader = (
  look: Look,
  columns: readonly [string, string],
  names: SideNames,
  others: ReadonlyArray<PartColumn> = []
): ReturnType<Format["reader"]> =>
  pairReader(look, {
    style: "messages",
    parts: [
      { part: "prompt", column: columns[0] },
      { part: "chosen", column: columns[0] },
      { part: "rejected", column: columns[1] },
      ...others
    ],
    hasToolCalls: showsTools(look, columns),
    names,
    texts: (row: Row) => {
      const chosen = readMessages(row[columns[0]], columns[0])
      if (chosen instanceof FormatFlaw) return chosen
      const rejected = readMessages(row[columns[1]], columns[1])
      return rejected instanceof FormatFlaw ? rejected : splitConversations(chosen, rejected, columns)
    }
  })

/** Writes pairs of whole conversations; `more` gives the values of `columns.more`. */
export const conversationWriter = (
  holding: Holding,
  names: SideNames,
  more: {
    readonly columns: ReadonlyArray<Column>
    readonly values: (pair: WrittenPair, chosen: ReadonlyArray<Row>) => Row | FormatFlaw
  } = { columns: [], values: () => ({}) }
): ReturnType<Format["writer"]> => {
  const type = messagesType(holding)
  return pairWriter(holding, {
    columns: [{ name: "chosen", type }, { name: "rejected", type }, ...more.columns],
    parts: [
      { part: "prompt", column: "chosen" },
      { part: "chosen", column: "chosen" },
      { part: "rejected", column: "rejected" }
    ],
    names,
    reserved: trlColumns,
    notes: toolNotes({ ...holding, style: "messages" }),
    texts: (pair) => {
      const flaw = promptFlaw(pair.context, "chosen")
      if (flaw !== undefined) return flaw
      const chosen = writeMessages([...pair.context, ...pair.chosen], holding, "chosen")
      if (chosen instanceof FormatFlaw) return chosen
      const rejected = writeMessages([...pair.context, ...pair.rejected], holding, "rejected")
      if (rejected instanceof FormatFlaw) return rejected
      const values = more.values(pair, chosen)
      return values instanceof FormatFlaw ? values : { chosen, rejected, ...values }
    }
  })
}
