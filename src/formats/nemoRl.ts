import type { ColumnType } from "../Columns.ts"
import { type Format, FormatFlaw, type Holding, type Look, type Row } from "./Format.ts"
import { recogniseColumns } from "./LookedAt.ts"
import { kindOf, type Messages, messagesType, readMessages, textMessage, writeMessages } from "./Messages.ts"
import { otherColumns, pairWriter } from "./PairFormat.ts"
import { promptFlaw } from "./PairRules.ts"
import { intType, showsTools } from "./PlainTexts.ts"
import { rankedReader } from "./RankedFormat.ts"
import { singleReplyFlaw } from "./ShareGptTurns.ts"
import { promptNames } from "./SideColumns.ts"
import { toolNotes } from "./trlPreference.ts"

const wanted = { context: "turns", completions: "list" } as const
const parts = [
  { part: "prompt", column: "context" },
  { part: "candidates", column: "completions" }
] as const
const structs = new Map([["completions[]", new Set(["rank", "completion"])]])

const isRanked = (one: unknown): boolean => typeof one === "object" && one !== null && "rank" in one

/** Says whether the lists of the first rows hold replies with ranks; rows without a list say nothing. */
const areRanked = ({ sample }: Look): boolean => {
  const lists = sample.map(({ completions }) => completions).filter((list) => Array.isArray(list))
  return lists.length > 0 && lists.every((list: ReadonlyArray<unknown>) => list.every(isRanked))
}

/**
 * NeMo-RL preference data: `context` and `completions` of `{rank, completion}`, a lower rank is better.
 *
 * Any number of completions is read; exactly two with different ranks are written, because its trainers take no others.
 *
 * Source: https://github.com/NVIDIA-NeMo/RL/blob/main/docs/guides/dpo.md
 */
export const nemoRl: Format = {
  name: "nemo-rl",
  about: "NVIDIA NeMo-RL ranked completions",
  reads: ["ranked"],
  extension: ".jsonl",
  recognise: (look) => (areRanked(look) ? recogniseColumns(look, wanted) : null),
  reader: (look) => {
    if (nemoRl.recognise(look) === null) {
      return otherColumns(look, `"context" with messages and "completions" with rank and completion`)
    }
    return rankedReader(look, {
      style: "messages",
      parts,
      hasToolCalls: showsTools(look, ["context", "completions"]),
      names: promptNames,
      structs,
      candidates: readCompletions,
      context: (row) =>
        typeof row["context"] === "string"
          ? [textMessage("user", row["context"])]
          : readMessages(row["context"], "context")
    })
  },
  writer: (holding) => {
    const type = messagesType(holding)
    const completion = (rank: number, messages: Messages, place: string) => {
      const flaw = singleReplyFlaw(messages, place)
      if (flaw !== undefined) return flaw
      const written = writeMessages(messages, holding, place)
      return written instanceof FormatFlaw ? written : { rank, completion: written }
    }
    return pairWriter(holding, {
      columns: [
        { name: "context", type },
        { name: "completions", type: completionsType(type) }
      ],
      parts,
      names: promptNames,
      // Its loader adds a column of this name, and stops where there is one.
      reserved: ["task_name"],
      notes: [...toolNotes({ ...holding, style: "messages" }), ...(hasTools(holding) ? [toolsUnread] : [])],
      texts: (pair) => {
        const flaw = promptFlaw(pair.context, "context")
        if (flaw !== undefined) return flaw
        const context = writeMessages(pair.context, holding, "context")
        if (context instanceof FormatFlaw) return context
        const chosen = completion(0, pair.chosen, "completions[0]")
        if (chosen instanceof FormatFlaw) return chosen
        const rejected = completion(1, pair.rejected, "completions[1]")
        return rejected instanceof FormatFlaw ? rejected : { context, completions: [chosen, rejected] }
      }
    })
  }
}

const hasTools = ({ parts: all }: Holding): boolean => all.some(({ part }) => part === "tools")

const toolsUnread = "the trainers of NeMo-RL do not show the tools in `tools` to the model"

const completionsType = (type: ColumnType): ColumnType => ({
  kind: "list",
  nullable: false,
  element: {
    kind: "struct",
    nullable: false,
    fields: [
      { name: "rank", type: intType },
      { name: "completion", type }
    ]
  }
})

const readCompletions = (row: Row) => {
  const value = row["completions"]
  if (!Array.isArray(value)) return new FormatFlaw("wrong type", "completions", kindOf(value), "a list")
  if (value.length === 0) return new FormatFlaw("too few candidates", "completions", "an empty list", "replies")
  const found = []
  for (const [i, one] of (value as ReadonlyArray<Row | null>).entries()) {
    const { completion, rank } = one ?? {}
    if (!Number.isSafeInteger(rank)) {
      return new FormatFlaw("no rank", `completions[${i}].rank`, kindOf(rank), "a whole number, lower is better")
    }
    const messages = readMessages(completion, `completions[${i}].completion`)
    if (messages instanceof FormatFlaw) return messages
    found.push({ messages, rank: rank as number, score: null, model: null })
  }
  return found
}
