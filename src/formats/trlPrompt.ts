import { type Format, FormatFlaw, type Holding } from "./Format.ts"
import { recogniseColumns } from "./LookedAt.ts"
import { otherColumns } from "./PairFormat.ts"
import { promptFlaw } from "./PairRules.ts"
import { readStyled, showsTools, styledType, styleOf, writeStyled } from "./PlainTexts.ts"
import { promptNames, sideReader, sideWriter } from "./SideColumns.ts"
import { toolNotes, trlColumns } from "./trlPreference.ts"

const parts = [{ part: "prompt", column: "prompt" }] as const
/** Columns that show that there are replies or opinions, so that a file is not one of prompts alone. */
const replies =
  /^(chosen|rejected|completions?|responses?|answers|output|generations|winner|labels?|vote|preference)$|^(response|result|answer|output|model|completion|candidate|generation)[ _-]?([012abxy]|left|right)$/i

/**
 * TRL prompt-only data: `prompt`, text or messages, for GRPO, RLOO and online DPO. All other columns travel to the reward functions.
 *
 * Anything with prompts can be written like this; the replies are then lost.
 *
 * Source: https://huggingface.co/docs/trl/dataset_formats
 */
export const trlPrompt: Format = {
  name: "trl-prompt",
  about: "TRL prompts alone, for GRPO, RLOO and online methods",
  reads: ["prompt"],
  extension: ".parquet",
  recognise: (look) =>
    look.columns.some(({ name }) => replies.test(name))
      ? null
      : (recogniseColumns(look, { prompt: "text" }) ?? recogniseColumns(look, { prompt: "turns" })),
  reader: (look) => {
    const style = styleOf(look, ["prompt"])
    if (style === null) return otherColumns(look, `"prompt" with text or messages`)
    const sides = sideReader(look, promptNames, ["prompt"], 0)
    return {
      holding: sides.holding("prompt", {
        style,
        parts,
        hasToolCalls: style === "messages" && showsTools(look, ["prompt"])
      }),
      read: (row) => {
        const context = readStyled(row, "prompt", style, "user")
        if (context instanceof FormatFlaw) return context
        const values = sides.read(row)
        if (values instanceof FormatFlaw) return values
        const { id, tools } = values
        return {
          id,
          kind: "prompt",
          style,
          context,
          tools,
          candidates: [],
          margin: null,
          votes: [],
          extra: sides.readExtra(row)
        }
      }
    }
  },
  writer: (holding) => {
    if (!holding.parts.some(({ part }) => part === "prompt")) {
      return { found: "whole texts with the prompt inside", wanted: "prompts apart from the replies" }
    }
    const sides = sideWriter(holding, promptNames, trlColumns)
    return {
      columns: [{ name: "prompt", type: styledType(holding) }, ...sides.columns],
      parts: [...parts, ...sides.parts],
      extra: sides.extra,
      notes: [...repliesNote(holding), ...toolNotes(holding)],
      write: (record, into) => {
        const flaw = promptFlaw(record.context, "prompt")
        if (flaw !== undefined) return flaw
        const prompt = writeStyled(record.context, holding, "prompt")
        if (prompt instanceof FormatFlaw) return prompt
        const row = { prompt }
        sides.write(record, [], row)
        into.push(row)
        return undefined
      }
    }
  }
}

/** Says that replies are not written where there are some. */
export const repliesNote = ({ kind }: Holding): ReadonlyArray<string> =>
  kind === "prompt" ? [] : ["the replies are not written, and prompts are not made distinct"]
