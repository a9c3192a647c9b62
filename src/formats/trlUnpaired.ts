import { type Format, FormatFlaw } from "./Format.ts"
import { recogniseColumns } from "./LookedAt.ts"
import { otherColumns } from "./PairFormat.ts"
import { promptFlaw } from "./PairRules.ts"
import { booleanType, readStyled, showsTools, styledType, styleOf, writeStyled } from "./PlainTexts.ts"
import { openEndFlaw, toolNotes, trlColumns } from "./trlPreference.ts"
import { readLabel, unpairedReader, unpairedWriter } from "./UnpairedFormat.ts"

const columns = ["prompt", "completion"] as const
const parts = [
  { part: "prompt", column: "prompt" },
  { part: "chosen", column: "completion" },
  { part: "label", column: "label" }
] as const

/**
 * TRL unpaired preference data: `prompt`, `completion` and a boolean `label`, texts or messages, for KTO and BCO.
 *
 * Source: https://huggingface.co/docs/trl/dataset_formats
 */
export const trlUnpaired: Format = {
  name: "trl-unpaired",
  about: "TRL single replies with a boolean label, for KTO and BCO",
  reads: ["unpaired"],
  extension: ".parquet",
  recognise: (look) =>
    recogniseColumns(look, { prompt: "text", completion: "text", label: "boolean" }) ??
    recogniseColumns(look, { prompt: "turns", completion: "turns", label: "boolean" }),
  reader: (look) => {
    const style = styleOf(look, columns)
    if (style === null) return otherColumns(look, `"prompt" and "completion", both texts or both messages, and "label"`)
    return unpairedReader(look, {
      style,
      parts,
      hasToolCalls: style === "messages" && showsTools(look, columns),
      texts: (row) => {
        const label = readLabel(row["label"], "label")
        if (label instanceof FormatFlaw) return label
        const context = readStyled(row, "prompt", style, "user")
        if (context instanceof FormatFlaw) return context
        const reply = readStyled(row, "completion", style, "assistant")
        return reply instanceof FormatFlaw ? reply : { context, reply, label }
      }
    })
  },
  writer: (holding) => {
    const type = styledType(holding)
    return unpairedWriter(holding, {
      columns: [...columns.map((name) => ({ name, type })), { name: "label", type: booleanType }],
      parts,
      reserved: trlColumns,
      notes: toolNotes(holding),
      texts: ({ context, label, reply }) => {
        const flaw = promptFlaw(context, "prompt") ?? openEndFlaw(context)
        if (flaw !== undefined) return flaw
        const prompt = writeStyled(context, holding, "prompt")
        if (prompt instanceof FormatFlaw) return prompt
        const completion = writeStyled(reply, holding, "completion")
        return completion instanceof FormatFlaw ? completion : { prompt, completion, label }
      }
    })
  }
}
