import type { Format, Holding, Look } from "./Format.ts"
import { FormatFlaw } from "./Format.ts"
import { conversationReader, conversationWriter } from "./Conversations.ts"
import { columnOf, recogniseColumns } from "./LookedAt.ts"
import { otherColumns, pairReader, pairWriter } from "./PairFormat.ts"
import { plainText, readReplies, styleOf, textType } from "./PlainTexts.ts"
import { pairNames } from "./SideColumns.ts"
import { isTranscript } from "./Turns.ts"
import { trlColumns } from "./trlPreference.ts"

const columns = ["chosen", "rejected"] as const
/** Columns that hold the prompt of other formats, so that it is not inside the replies. */
const promptColumns = ["prompt", "instruction", "input", "question", "messages", "conversations", "context"]

/**
 * TRL preference data with the prompt inside: `chosen` and `rejected` are whole conversations, or whole texts.
 *
 * Conversations are split where they stop being the same. Whole texts are not split, since where the prompt ends can only be guessed
 * (trap TRL-3); they can be written as whole texts again. Conversations are what is written of anything that has a prompt.
 *
 * Source: https://huggingface.co/docs/trl/dataset_formats
 */
export const trlPreferenceImplicit: Format = {
  name: "trl-preference-implicit",
  about: "TRL preference pairs with the prompt inside both replies",
  reads: ["pair"],
  extension: ".parquet",
  recognise: (look) => {
    if (promptColumns.some((name) => columnOf(look, name) !== undefined) || isAllTranscripts(look)) return null
    return (
      recogniseColumns(look, { chosen: "turns", rejected: "turns" }) ??
      recogniseColumns(look, { chosen: "text", rejected: "text" })
    )
  },
  reader: (look) => implicitReader(look),
  writer: (holding) => implicitWriter(holding)
}

/** Says whether the first rows are transcripts as in HH-RLHF. */
export const isAllTranscripts = ({ sample }: Look): boolean =>
  sample.length > 0 &&
  sample.every((row) => columns.every((name) => typeof row[name] === "string" && isTranscript(row[name])))

/** Reads `chosen` and `rejected` with the prompt inside. */
export const implicitReader = (look: Look): ReturnType<Format["reader"]> => {
  const style = styleOf(look, columns)
  if (style === null) return otherColumns(look, `"chosen" and "rejected", both texts or both lists of messages`)
  if (style === "messages") return conversationReader(look, columns, pairNames)
  return pairReader(look, {
    style,
    parts: columns.map((column) => ({ part: column, column })),
    texts: (row) => readReplies(row, [])
  })
}

/** Writes `chosen` and `rejected` with the prompt inside. */
export const implicitWriter = (holding: Holding): ReturnType<Format["writer"]> => {
  if (holding.parts.some(({ part }) => part === "prompt")) return conversationWriter(holding, pairNames)
  return pairWriter(holding, {
    columns: columns.map((name) => ({ name, type: textType })),
    parts: columns.map((column) => ({ part: column, column })),
    names: pairNames,
    reserved: trlColumns,
    texts: (pair) => {
      const chosen = plainText(pair.chosen, "chosen")
      if (chosen instanceof FormatFlaw) return chosen
      const rejected = plainText(pair.rejected, "rejected")
      return rejected instanceof FormatFlaw ? rejected : { chosen, rejected }
    }
  })
}
