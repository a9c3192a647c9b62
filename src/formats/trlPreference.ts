import type { Format, Holding, Look, Part, Writer } from "./Format.ts"
import { FormatFlaw } from "./Format.ts"
import { recogniseColumns, type Wanted } from "./LookedAt.ts"
import type { Messages } from "./Messages.ts"
import { notOfKind, otherColumns, pairReader, pairWriter } from "./PairFormat.ts"
import { promptFlaw } from "./PairRules.ts"
import { readStyled, showsTools, styledType, styleOf, writeStyled } from "./PlainTexts.ts"
import { pairNames, type SideNames } from "./SideColumns.ts"

const columns = ["prompt", "chosen", "rejected"] as const
const parts = columns.map((column) => ({ part: column satisfies Part, column }))
const texts: Readonly<Record<string, Wanted>> = { prompt: "text", chosen: "text", rejected: "text" }
const turns: Readonly<Record<string, Wanted>> = { prompt: "turns", chosen: "turns", rejected: "turns" }

/**
 * TRL preference data with an explicit prompt: `prompt`, `chosen` and `rejected`, all three texts or all three messages.
 *
 * Rows of the other shape are refused, because TRL looks at one column of its choice (trap TRL-1), and so are an empty prompt
 * (TRL-2), one that ends with the assistant, and a reply that begins with another role. Columns beside these are harmless but those of `trlColumns`, which get other names; TRL drops them. Arguments of tool calls are written as JSON text.
 *
 * Source: https://huggingface.co/docs/trl/dataset_formats
 */
export const trlPreference: Format = {
  name: "trl-preference",
  about: "TRL preference pairs with an explicit prompt, for DPO, CPO and ORPO",
  reads: ["pair"],
  extension: ".parquet",
  recognise: (look) => recogniseColumns(look, texts) ?? recogniseColumns(look, turns),
  reader: (look) => explicitReader(look, pairNames),
  writer: (holding) => explicitWriter(holding, pairNames)
}

/** Reads rows with a prompt and two replies, all texts or all messages. */
export const explicitReader = (look: Look, names: SideNames): ReturnType<Format["reader"]> => {
  const style = styleOf(look, columns)
  if (style === null) {
    return otherColumns(look, `"prompt", "chosen" and "rejected", all three texts or all three lists of messages`)
  }
  return pairReader(look, {
    style,
    parts,
    hasToolCalls: style === "messages" && showsTools(look, columns),
    names,
    texts: (row) => {
      const context = readStyled(row, "prompt", style, "user")
      if (context instanceof FormatFlaw) return context
      const chosen = readStyled(row, "chosen", style, "assistant")
      if (chosen instanceof FormatFlaw) return chosen
      const rejected = readStyled(row, "rejected", style, "assistant")
      return rejected instanceof FormatFlaw ? rejected : { context, chosen, rejected }
    }
  })
}

/**
 * Columns by which TRL tells what a row is, whichever it looks at first. One that a format does not write must not be there: another style makes
 * texts of messages (trap TRL-1), `chosen` and `rejected` make pairs of single replies, and templates refuse what belongs to no type.
 */
export const trlColumns: ReadonlyArray<string> = ["prompt", "chosen", "rejected", "completion", "messages"]

/** Writes a prompt and two replies in the style of the holding. */
export const explicitWriter = (holding: Holding, names: SideNames | null): ReturnType<Format["writer"]> => {
  if (!holding.parts.some(({ part }) => part === "prompt")) {
    return notOfKind(holding, "prompts apart from the replies; whole texts cannot be split without guessing")
  }
  const type = styledType(holding)
  return pairWriter(holding, {
    columns: columns.map((name) => ({ name, type })),
    parts,
    names,
    reserved: trlColumns,
    notes: toolNotes(holding),
    texts: ({ chosen, context, rejected }) => {
      const flaw = promptFlaw(context, "prompt") ?? openEndFlaw(context)
      if (flaw !== undefined) return flaw
      const prompt = writeStyled(context, holding, "prompt")
      if (prompt instanceof FormatFlaw) return prompt
      const better = writeStyled(chosen, holding, "chosen")
      if (better instanceof FormatFlaw) return better
      const worse = writeStyled(rejected, holding, "rejected")
      return worse instanceof FormatFlaw ? worse : { prompt, chosen: better, rejected: worse }
    }
  })
}

/** Says that a turn of the assistant stands before the reply: most templates do not begin the reply there, so that the wrong tokens count as it. */
export const openEndFlaw = (context: Messages): FormatFlaw | undefined =>
  context.at(-1)?.role === "assistant"
    ? new FormatFlaw("prompt ends with the assistant", "prompt", "a last turn of the assistant", "one of another role")
    : undefined

/** What to know of tool calls in typed columns. */
export const toolNotes = ({ hasToolCalls, style }: Holding): Writer["notes"] =>
  hasToolCalls && style === "messages"
    ? ["arguments of tool calls are JSON text, since columns have one type for all rows (trap TRL-5)"]
    : []
