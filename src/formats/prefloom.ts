import { Pair } from "../../schemas/Pair.ts"
import * as Columns from "../Columns.ts"
import { contentId } from "../Seed.ts"
import { type Format, FormatFlaw, type Holding, type Look } from "./Format.ts"
import { recogniseColumns, wantedColumns } from "./LookedAt.ts"
import { otherColumns, pairReader, pairWriter } from "./PairFormat.ts"
import { marginOfScores } from "./PairRules.ts"
import { plainText, readReplies, readText } from "./PlainTexts.ts"
import { ownNames } from "./SideColumns.ts"

const texts = ["prompt", "chosen", "rejected"] as const
const wanted = { prompt: "text", chosen: "text", rejected: "text" } as const
/** What only pairs of ours have. */
const marks = { id: "text", promptId: "text", chosenId: "text" } as const
const parts = texts.map((column) => ({ part: column, column }))
const columns = Columns.fromFields(Pair)
/** What stands in the columns of a pair that no other format has where nothing is known. */
const own = {
  rule: "imported",
  sharedPlace: false,
  chosenFirst: true,
  errorType: null,
  labelProb: null,
  plantedCorrect: null
} as const

/**
 * Pairs as the data sets of this framework hold them, see `schemas/Pair.ts`, or as many of their columns as there are.
 *
 * Columns of these names that another format does not know are taken over where they hold the same, and else renamed. Ids that are missing
 * are derived from the texts, a missing model is "unknown", the rule "imported" but of pairs that a list is cut into. Where the data have no margins, a margin is the distance of the
 * two scores. Texts alone.
 */
export const prefloom: Format = {
  name: "prefloom",
  about: "pairs as prefloom's own data sets hold them",
  reads: ["pair"],
  extension: ".parquet",
  recognise: (look) => recogniseColumns(look, { ...wanted, ...marks }),
  reader: (look: Look) => {
    if (recogniseColumns(look, wanted) === null) return otherColumns(look, wantedColumns(wanted))
    return pairReader(look, {
      style: "text",
      parts,
      names: ownNames,
      texts: (row) => readReplies(row, readText(row, "prompt", "user"))
    })
  },
  writer: (holding) => {
    const taken = holding.extra.filter((column) => isTaken(holding, column))
    const rest = { ...holding, extra: holding.extra.filter((column) => !taken.includes(column)) }
    // Columns that have the name of one of ours and hold something else.
    const others = new Set(rest.extra.map(({ name }) => name))
    const hasMargins =
      holding.parts.some(({ part }) => part === "margin") || taken.some(({ name }) => name === "margin")
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
        const { candidates, cut, id, margin, votes } = record
        const valueOf = (name: string): unknown => (others.has(name) ? null : record.extra[name]) ?? null
        const textOf = (name: string) => valueOf(name) as string | null
        const [first, second] = [
          candidates.find((one) => one.messages === chosen)!,
          candidates.find((one) => one.messages === rejected)!
        ]
        const promptId = textOf("promptId") ?? contentId(prompt)
        const chosenId = first.id ?? textOf("chosenId") ?? contentId(promptId, better)
        const scoreChosen = (first.score ?? valueOf("scoreChosen")) as number | null
        const scoreRejected = (second.score ?? valueOf("scoreRejected")) as number | null
        const rejectedId = second.id ?? textOf("rejectedId") ?? contentId(promptId, worse)
        return {
          id: id ?? textOf("id") ?? contentId(promptId, chosenId, rejectedId),
          promptId,
          prompt,
          chosen: better,
          rejected: worse,
          chosenId,
          rejectedId,
          chosenModel: first.model ?? textOf("chosenModel") ?? "unknown",
          rejectedModel: second.model ?? textOf("rejectedModel") ?? "unknown",
          scoreChosen,
          scoreRejected,
          margin: hasMargins ? (margin ?? valueOf("margin")) : marginOfScores(scoreChosen, scoreRejected),
          ...Object.fromEntries(
            Object.entries({ ...own, ...cut }).map(([name, value]) => [name, valueOf(name) ?? value])
          ),
          nLabels: valueOf("nLabels") ?? votes.length
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

/** Says whether a column that another format does not know is one of ours: it holds the same, and nothing else is written there. */
const isTaken = ({ isCut, kind, parts: held }: Holding, { name, type }: Columns.Column): boolean => {
  const ours = columns.find((column) => column.name === name)
  const field = partColumns.find(({ column }) => column === name)?.part
  if (ours === undefined || texts.some((text) => text === name)) return false
  // What stands beside a list is of no single pair of it, but for the prompt.
  if ((kind !== "pair" || isCut === true) && name !== "promptId") return false
  if (field !== undefined && held.some(({ part }) => part === field)) return false
  return ours.type.kind === type.kind || (ours.type.kind === "float" && type.kind === "int")
}
