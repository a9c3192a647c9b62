import { hash } from "node:crypto"
import { conversationReader, conversationWriter } from "./Conversations.ts"
import type { Format } from "./Format.ts"
import { FormatFlaw } from "./Format.ts"
import { columnOf, recogniseColumns } from "./LookedAt.ts"
import { otherColumns } from "./PairFormat.ts"
import { textType } from "./PlainTexts.ts"
import type { SideNames } from "./SideColumns.ts"

const wanted = { prompt: "text", chosen: "turns", rejected: "turns" } as const

/**
 * Makes a format that has the prompt as a text beside whole conversations, as several published sets do.
 *
 * The conversations are read; the text beside repeats what the user says first, and is written so. TRL takes such rows now for texts and now
 * for messages (trap TRL-1), which is why they are read under names of their own.
 */
export const promptBeside = (options: {
  readonly name: string
  readonly about: string
  readonly names: SideNames
  /** Columns that have to be there beside prompt and replies. */
  readonly required: ReadonlyArray<string>
  /** Whether `prompt_id`, the SHA-256 of the prompt, stands beside it. */
  readonly hasPromptId: boolean
  readonly hasMessages: boolean
}): Format => {
  const marks = Object.fromEntries(options.required.map((name) => [name, "any"] as const))
  const repeated = [
    "prompt",
    ...(options.hasPromptId ? ["prompt_id"] : []),
    ...(options.hasMessages ? ["messages"] : [])
  ]
  return {
    name: options.name,
    about: options.about,
    reads: ["pair"],
    extension: ".parquet",
    recognise: (look) => recogniseColumns(look, { ...wanted, ...marks }),
    reader: (look) => {
      if (recogniseColumns(look, wanted) === null) {
        return otherColumns(look, `"prompt" with text, "chosen" and "rejected" with messages`)
      }
      const parts = repeated.filter((name) => columnOf(look, name) !== undefined)
      return conversationReader(
        look,
        ["chosen", "rejected"],
        options.names,
        parts.map((column) => ({ part: "prompt", column }))
      )
    },
    writer: (holding) =>
      conversationWriter(holding, options.names, {
        columns: repeated.filter((name) => name !== "messages").map((name) => ({ name, type: textType })),
        values: ({ context }) => {
          const first = context.find(({ role }) => role === "user")?.content ?? null
          if (first === null)
            return new FormatFlaw("no text of the user", "prompt", "a history without one", "a message of the user")
          return {
            prompt: first,
            ...(options.hasPromptId ? { prompt_id: hash("sha256", first) } : {})
          }
        }
      })
  }
}
