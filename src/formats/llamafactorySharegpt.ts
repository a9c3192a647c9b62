import { datasetInfo } from "./datasetInfo.ts"
import { type Format, FormatFlaw, type Holding, isRefusal, type Refusal, type Writer } from "./Format.ts"
import { holds, recogniseColumns } from "./LookedAt.ts"
import { type Messages, readMessage, readMessages, textMessage } from "./Messages.ts"
import { otherColumns, pairReader, pairWriter } from "./PairFormat.ts"
import { notText, showsTools } from "./PlainTexts.ts"
import { alternationFlaw, shareGptMessage, shareGptTurns, singleReplyFlaw, writeShareGpt } from "./ShareGptTurns.ts"
import { pairNames } from "./SideColumns.ts"

const wanted = { conversations: "turns", chosen: "message", rejected: "message" } as const
const parts = [
  { part: "prompt", column: "conversations" },
  { part: "chosen", column: "chosen" },
  { part: "rejected", column: "rejected" }
] as const

/**
 * LLaMA-Factory ranking data in sharegpt form: `conversations` of `{from, value}`, `chosen` and `rejected` one such message each.
 *
 * LLaMA-Factory drops rows that break its rules with no more than a warning, so they are refused here: turns that do not alternate, an
 * even number of them, a reply of several messages. A `system` column is read as a leading system message. Ids of tool calls and
 * names of tools are not held. `dataset_info.json` gets an entry.
 *
 * Source: https://github.com/hiyouga/LLaMA-Factory/blob/main/data/README.md
 */
export const llamafactorySharegpt: Format = {
  name: "llamafactory-sharegpt",
  about: "LLaMA-Factory ranking pairs in sharegpt form, with dataset_info.json",
  reads: ["pair"],
  extension: ".jsonl",
  recognise: (look) => recogniseColumns(look, wanted),
  reader: (look) => {
    if (recogniseColumns(look, wanted) === null) {
      return otherColumns(look, `"conversations" with messages, "chosen" and "rejected" with one message each`)
    }
    const hasSystem = holds(look, "system", "text")
    return pairReader(look, {
      style: "messages",
      parts: [...parts, ...(hasSystem ? [{ part: "prompt", column: "system" } as const] : [])],
      hasToolCalls: showsTools(look, ["conversations", "chosen", "rejected"]),
      names: pairNames,
      texts: (row) => {
        const turns = readMessages(row["conversations"], "conversations")
        if (turns instanceof FormatFlaw) return turns
        const context = hasSystem ? withSystem(turns, row["system"]) : turns
        if (context instanceof FormatFlaw) return context
        const chosen = readMessage(row["chosen"], "chosen")
        if (chosen instanceof FormatFlaw) return chosen
        const rejected = readMessage(row["rejected"], "rejected")
        return rejected instanceof FormatFlaw ? rejected : { context, chosen: [chosen], rejected: [rejected] }
      }
    })
  },
  writer: (holding) =>
    withoutToolIds(
      holding,
      pairWriter(holding, {
        columns: [
          { name: "conversations", type: shareGptTurns },
          { name: "chosen", type: shareGptMessage },
          { name: "rejected", type: shareGptMessage }
        ],
        parts,
        names: pairNames,
        texts: ({ chosen, context, rejected }) => {
          const flaw =
            alternationFlaw(context, "odd", "conversations") ??
            singleReplyFlaw(chosen, "chosen") ??
            singleReplyFlaw(rejected, "rejected")
          if (flaw !== undefined) return flaw
          const conversations = writeShareGpt(context, "conversations")
          if (conversations instanceof FormatFlaw) return conversations
          const better = writeShareGpt(chosen, "chosen")
          if (better instanceof FormatFlaw) return better
          const worse = writeShareGpt(rejected, "rejected")
          return worse instanceof FormatFlaw ? worse : { conversations, chosen: better[0], rejected: worse[0] }
        }
      })
    ),
  companion: (file, writer) =>
    datasetInfo(file, writer, {
      formatting: "sharegpt",
      ranking: true,
      columns: { messages: "conversations", chosen: "chosen", rejected: "rejected", tools: "tools" }
    })
}

/** Puts the text of a system column before the turns; an empty one says nothing. */
export const withSystem = (turns: Messages, system: unknown): Messages | FormatFlaw => {
  if (system === null || system === undefined || system === "") return turns
  return typeof system === "string" ? [textMessage("system", system), ...turns] : notText(system, "system")
}

/** Adds to a writer what of tool calls has no place in LLaMA-Factory's forms. */
export const withoutToolIds = ({ hasToolCalls }: Holding, made: Writer | Refusal): Writer | Refusal =>
  hasToolCalls && !isRefusal(made) ? { ...made, without: ["ids of tool calls", "names of tools"] } : made
