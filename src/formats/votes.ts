import { type Format, FormatFlaw, type PartColumn } from "./Format.ts"
import { listRules } from "./listRules.ts"
import { listWriter } from "./listWriter.ts"
import { textNull } from "./Messages.ts"
import { notPairs } from "./PairFormat.ts"
import { styledType, textType, writeStyled } from "./PlainTexts.ts"
import { toolNotes } from "./trlPreference.ts"

/**
 * Votes, one a row: `prompt`, what was compared, `annotator`, and `winner` that is "a", "b" or "tie".
 *
 * Prompt and replies are texts or lists of messages, as the data have them. Two replies are in `response_a` and `response_b`, the names of their
 * models in `model_a` and `model_b`; where only the names of what was compared are known, these are there. A pair without votes gives one vote of
 * nobody for its order; of a ranked list the best and the worst make the pair, see `listRules`. How votes are read is told by `findVoteColumns`.
 */
export const votes: Format = {
  name: "votes",
  about: "two replies, or two names, with opinions about them",
  reads: ["pair"],
  extension: ".jsonl",
  recognise: () => null,
  reader: () => ({ found: "votes", wanted: "a look at all labels, which the reader of votes takes" }),
  writer: (holding): ReturnType<Format["writer"]> => {
    if (holding.kind === "ranked") return listWriter(holding, listRules["best-worst"], votes.writer)
    if (holding.kind !== "pair") return notPairs(holding)
    const hasTexts = holding.parts.some(({ part }) => part === "chosen")
    const hasPrompt = holding.parts.some(({ part }) => part === "prompt")
    const hasModels = holding.parts.some(({ part }) => part === "models")
    const type = styledType(holding)
    const parts: ReadonlyArray<PartColumn> = [
      ...(hasPrompt ? [{ part: "prompt", column: "prompt" } as const] : []),
      ...(hasTexts
        ? ([
            { part: "chosen", column: "response_a" },
            { part: "rejected", column: "response_b" }
          ] as const)
        : []),
      ...(hasModels
        ? ([
            { part: "models", column: "model_a" },
            { part: "models", column: "model_b" }
          ] as const)
        : []),
      { part: "annotators", column: "annotator" },
      { part: "votes", column: "winner" }
    ]
    return {
      columns: parts.map(({ column, part }) => ({
        name: column,
        type:
          part === "annotators" || (part === "models" && hasTexts)
            ? textNull
            : part === "models" || part === "votes"
              ? textType
              : type
      })),
      parts,
      extra: [],
      notes: toolNotes(holding),
      write: (record, into) => {
        const row: Record<string, unknown> = {}
        if (hasPrompt) {
          const prompt = writeStyled(record.context, holding, "prompt")
          if (prompt instanceof FormatFlaw) return prompt
          row["prompt"] = prompt
        }
        for (const [i, end] of ["a", "b"].entries()) {
          const { messages, model } = record.candidates[i]!
          if (hasTexts) {
            const reply = writeStyled(messages, holding, `response_${end}`)
            if (reply instanceof FormatFlaw) return reply
            row[`response_${end}`] = reply
          }
          if (hasModels) row[`model_${end}`] = model
        }
        const [a, b] = record.candidates
        const given =
          record.votes.length > 0 || a!.rank === null || b!.rank === null
            ? record.votes
            : [{ annotator: null, winner: a!.rank === b!.rank ? null : a!.rank < b!.rank ? 0 : 1 }]
        if (given.length === 0) return new FormatFlaw("no vote", null, "no readable opinion", "at least one")
        for (const { annotator, winner } of given) {
          into.push({ ...row, annotator, winner: winner === null ? "tie" : winner === 0 ? "a" : "b" })
        }
        return undefined
      }
    }
  }
}
