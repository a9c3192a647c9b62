import { Pair } from "../../schemas/Pair.ts"
import * as Columns from "../Columns.ts"
import { contentId } from "../Seed.ts"
import { type Format, FormatFlaw, type Look } from "./Format.ts"
import { recogniseColumns } from "./LookedAt.ts"
import { otherColumns, pairReader, pairWriter } from "./PairFormat.ts"
import { plainText, readReplies, readText } from "./PlainTexts.ts"
import type { SideNames } from "./SideColumns.ts"

const wanted = {
  id: "text",
  promptId: "text",
  prompt: "text",
  chosen: "text",
  rejected: "text",
  chosenId: "text"
} as const
const texts = ["prompt", "chosen", "rejected"] as const
const parts = texts.map((column) => ({ part: column, column }))
const names: SideNames = {
  id: "id",
  margin: "margin",
  models: ["chosenModel", "rejectedModel"],
  candidateIds: ["chosenId", "rejectedId"],
  scores: ["scoreChosen", "scoreRejected"]
}
const columns = Columns.fromFields(Pair)
/** The columns of a pair that no other format has: taken over where they are, and else filled with what says nothing. */
const own = {
  rule: "imported",
  sharedPlace: false,
  chosenFirst: true,
  errorType: null,
  labelProb: null,
  plantedCorrect: null
} as const

/**
 * Pairs as the data sets of this framework hold them, see `schemas/Pair.ts`.
 *
 * Ids that are missing are derived from the texts, a missing model is "unknown", the rule "imported". Texts alone.
 */
export const prefloom: Format = {
  name: "prefloom",
  about: "pairs as prefloom's own data sets hold them",
  reads: ["pair"],
  extension: ".parquet",
  recognise: (look) => recogniseColumns(look, wanted),
  reader: (look: Look) => {
    if (recogniseColumns(look, wanted) === null) return otherColumns(look, Object.keys(wanted).join(", "))
    return pairReader(look, {
      style: "text",
      parts,
      names,
      texts: (row) => readReplies(row, readText(row, "prompt", "user"))
    })
  },
  writer: (holding) => {
    const taken = holding.extra.filter(({ name, type }) =>
      columns.some((column) => column.name === name && column.type.kind === type.kind)
    )
    const rest = { ...holding, extra: holding.extra.filter((column) => !taken.includes(column)) }
    // Columns that have the name of one of ours and hold something else.
    const others = new Set(rest.extra.map(({ name }) => name))
    const made = pairWriter(rest, {
      columns,
      parts: [...parts, ...partColumns],
      names: {},
      texts: ({ chosen, context, record, rejected }) => {
        const prompt = plainText(context, "prompt")
        if (prompt instanceof FormatFlaw) return prompt
        const better = plainText(chosen, "chosen")
        if (better instanceof FormatFlaw) return better
        const worse = plainText(rejected, "rejected")
        if (worse instanceof FormatFlaw) return worse
        const { candidates, id, margin, votes } = record
        const ownOf = (name: string): unknown => (others.has(name) ? null : record.extra[name])
        const [first, second] = [
          candidates.find((one) => one.messages === chosen)!,
          candidates.find((one) => one.messages === rejected)!
        ]
        const promptId = (ownOf("promptId") as string | undefined | null) ?? contentId(prompt)
        const chosenId = first.id ?? contentId(promptId, better)
        const rejectedId = second.id ?? contentId(promptId, worse)
        return {
          id: id ?? contentId(promptId, chosenId, rejectedId),
          promptId,
          prompt,
          chosen: better,
          rejected: worse,
          chosenId,
          rejectedId,
          chosenModel: first.model ?? "unknown",
          rejectedModel: second.model ?? "unknown",
          scoreChosen: first.score,
          scoreRejected: second.score,
          margin,
          ...Object.fromEntries(Object.entries(own).map(([name, value]) => [name, ownOf(name) ?? value])),
          nLabels: ownOf("nLabels") ?? votes.length
        }
      }
    })
    if ("wanted" in made) return made
    return { ...made, extra: [...made.extra, ...taken.map(({ name }) => ({ from: name, to: name }))] }
  }
}

const partColumns = [
  { part: "id", column: "id" },
  { part: "candidateIds", column: "chosenId" },
  { part: "candidateIds", column: "rejectedId" },
  { part: "models", column: "chosenModel" },
  { part: "models", column: "rejectedModel" },
  { part: "scores", column: "scoreChosen" },
  { part: "scores", column: "scoreRejected" },
  { part: "margin", column: "margin" }
] as const
