import { type Format, FormatFlaw } from "./Format.ts"
import { recogniseColumns } from "./LookedAt.ts"
import { kindOf, type Messages, sameMessages, textMessage } from "./Messages.ts"
import { otherColumns, pairReader, pairWriter, type PairTexts } from "./PairFormat.ts"
import { textType } from "./PlainTexts.ts"
import { pairNames } from "./SideColumns.ts"
import { isAllTranscripts } from "./trlPreferenceImplicit.ts"

const marker = /\n\n(Human|Assistant): |\n\n(Assistant):$/
const wanted = { chosen: "text", rejected: "text" } as const
const parts = [
  { part: "prompt", column: "chosen" },
  { part: "chosen", column: "chosen" },
  { part: "rejected", column: "rejected" }
] as const

/**
 * HH-RLHF transcripts: `chosen` and `rejected`, turns behind `\n\nHuman: ` and `\n\nAssistant: `, the reply behind the last marker.
 *
 * Transcripts are split at these markers alone and kept byte for byte otherwise. Rows whose histories differ are refused, and so are
 * empty replies when pairs are written. Written is text alone: a system turn, or a text that holds a marker, is refused.
 *
 * Source: https://github.com/anthropics/hh-rlhf
 */
export const hhRlhf: Format = {
  name: "hh-rlhf",
  about: "HH-RLHF transcripts with Human and Assistant markers",
  reads: ["pair"],
  extension: ".jsonl",
  recognise: (look) => {
    const found = recogniseColumns(look, wanted)
    if (found === null || !isAllTranscripts(look)) return null
    return { ...found, why: `"chosen" and "rejected" hold transcripts that start with a Human turn` }
  },
  reader: (look) => {
    if (recogniseColumns(look, wanted) === null) return otherColumns(look, `"chosen" and "rejected" with transcripts`)
    return pairReader(look, {
      style: "messages",
      parts,
      names: pairNames,
      texts: (row) => {
        const chosen = readTranscript(row["chosen"], "chosen")
        if (chosen instanceof FormatFlaw) return chosen
        const rejected = readTranscript(row["rejected"], "rejected")
        return rejected instanceof FormatFlaw ? rejected : splitAtReply(chosen, rejected)
      }
    })
  },
  writer: (holding) =>
    pairWriter(holding, {
      columns: [
        { name: "chosen", type: textType },
        { name: "rejected", type: textType }
      ],
      parts,
      names: pairNames,
      texts: (pair) => {
        const chosen = writeTranscript(pair.context, pair.chosen, "chosen")
        if (chosen instanceof FormatFlaw) return chosen
        const rejected = writeTranscript(pair.context, pair.rejected, "rejected")
        return rejected instanceof FormatFlaw ? rejected : { chosen, rejected }
      }
    })
}

/** Splits a transcript into its turns; joined again they are the transcript, where each marker has its space. */
export const readTranscript = (value: unknown, column: string): Messages | FormatFlaw => {
  if (typeof value !== "string") return new FormatFlaw("wrong type", column, kindOf(value), "a transcript")
  const pieces = value.split(marker)
  if (pieces[0] !== "" || pieces.length < 4) {
    const found = JSON.stringify(value.slice(0, 40).toWellFormed())
    return new FormatFlaw("no transcript", column, `a text that starts with ${found}`, "a Human or Assistant marker")
  }
  return Array.from({ length: (pieces.length - 1) / 3 }, (_, i) =>
    textMessage(pieces[3 * i + 1] === "Human" ? "user" : "assistant", pieces[3 * i + 3]!)
  )
}

/** Cuts two transcripts before their last turn, which has to be the assistant's. */
const splitAtReply = (chosen: Messages, rejected: Messages): PairTexts | FormatFlaw => {
  const replies = [chosen.at(-1)!, rejected.at(-1)!] as const
  for (const [i, { role }] of replies.entries()) {
    if (role === "assistant") continue
    return new FormatFlaw(
      "no reply at the end",
      i === 0 ? "chosen" : "rejected",
      "a last turn of Human",
      "one of Assistant"
    )
  }
  const context = chosen.slice(0, -1)
  return sameMessages(context, rejected.slice(0, -1)) && context.length > 0
    ? { context, chosen: [replies[0]], rejected: [replies[1]] }
    : new FormatFlaw("different prompts", "rejected", "a history that differs from the chosen one", "the same history")
}

const writeTranscript = (context: Messages, reply: Messages, column: string): string | FormatFlaw => {
  if (reply.length !== 1 || reply[0]!.role !== "assistant") {
    return new FormatFlaw(
      "reply of several messages",
      column,
      `${reply.length} messages`,
      "one message of the assistant"
    )
  }
  if (context[0]?.role !== "user") {
    const found = context.length === 0 ? "no message" : `a message of the ${context[0]!.role}`
    return new FormatFlaw("no Human turn at the start", column, found, "a message of the user")
  }
  let text = ""
  for (const { content, role, toolCalls } of [...context, ...reply]) {
    if ((role !== "user" && role !== "assistant") || content === null || toolCalls.length > 0) {
      return new FormatFlaw("no plain text", column, `a message of the ${role}`, "texts of user and assistant alone")
    }
    if (marker.test(content)) {
      return new FormatFlaw("marker inside a text", column, "a Human or Assistant marker in a message", "none")
    }
    text += `\n\n${role === "user" ? "Human" : "Assistant"}: ${content}`
  }
  return text
}
