import type { ColumnType } from "../Columns.ts"
import { type Format, FormatFlaw, type Row } from "./Format.ts"
import type { Messages } from "./Messages.ts"
import { notPairs } from "./PairFormat.ts"
import { plainText } from "./PlainTexts.ts"
import { joinTurns, type Turn } from "./Turns.ts"

const text: ColumnType = { kind: "string", nullable: false }
const textNull: ColumnType = { kind: "string", nullable: true }

/**
 * Votes, one a row: `prompt`, what was compared, `annotator`, and `winner` that is "a", "b" or "tie".
 *
 * A prompt of several turns is their texts with their roles, as it is when votes are read of messages. Two replies are in `response_a` and
 * `response_b`; where only the names of what was compared are known, these are in `model_a` and `model_b`. A pair without votes gives one vote of nobody for its order. How votes are read is told by `findVoteColumns`.
 */
export const votes: Format = {
  name: "votes",
  about: "two replies, or two names, with opinions about them",
  reads: ["pair"],
  extension: ".jsonl",
  recognise: () => null,
  reader: () => ({ found: "votes", wanted: "a look at all labels, which the reader of votes takes" }),
  writer: (holding) => {
    if (holding.kind !== "pair") return notPairs(holding)
    const hasTexts = holding.parts.some(({ part }) => part === "chosen")
    const hasPrompt = holding.parts.some(({ part }) => part === "prompt")
    const [first, second] = hasTexts ? ["response_a", "response_b"] : ["model_a", "model_b"]
    const sidePart = hasTexts ? "chosen" : "models"
    return {
      columns: [
        ...(hasPrompt ? [{ name: "prompt", type: text }] : []),
        { name: first, type: text },
        { name: second, type: text },
        { name: "annotator", type: textNull },
        { name: "winner", type: text }
      ],
      parts: [
        ...(hasPrompt ? [{ part: "prompt", column: "prompt" } as const] : []),
        { part: sidePart, column: first },
        { part: hasTexts ? "rejected" : "models", column: second },
        { part: "votes", column: "annotator" },
        { part: "votes", column: "winner" }
      ],
      extra: [],
      notes: [],
      write: (record, into) => {
        const rows: Array<Row> = []
        const row: Record<string, unknown> = {}
        if (hasPrompt) {
          const prompt = promptText(record.context)
          if (prompt instanceof FormatFlaw) return prompt
          row["prompt"] = prompt
        }
        for (const [i, name] of [first, second].entries()) {
          const candidate = record.candidates[i]!
          const side = hasTexts ? plainText(candidate.messages, name) : candidate.model
          if (side instanceof FormatFlaw) return side
          row[name] = side
        }
        const [a, b] = record.candidates
        const given =
          record.votes.length > 0 || a!.rank === null || b!.rank === null
            ? record.votes
            : [{ annotator: null, winner: a!.rank === b!.rank ? null : a!.rank < b!.rank ? 0 : 1 }]
        if (given.length === 0) return new FormatFlaw("no vote", null, "no readable opinion", "at least one")
        for (const { annotator, winner } of given) {
          rows.push({ ...row, annotator, winner: winner === null ? "tie" : winner === 0 ? "a" : "b" })
        }
        into.push(...rows)
        return undefined
      }
    }
  }
}

const promptText = (context: Messages): string | FormatFlaw => {
  if (context.length < 2) return plainText(context, "prompt")
  const turns: Array<Turn> = []
  for (const [i, { content, role, toolCalls }] of context.entries()) {
    if (content === null || toolCalls.length > 0) {
      return new FormatFlaw("no plain text", `prompt[${i}]`, "a message with tool calls", "text alone")
    }
    turns.push({ role, text: content })
  }
  return joinTurns(turns)
}
