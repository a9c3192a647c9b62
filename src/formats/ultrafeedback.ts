import type { ColumnType } from "../Columns.ts"
import { type Format, FormatFlaw, type Look, type Row, type Writer } from "./Format.ts"
import { recogniseColumns } from "./LookedAt.ts"
import { kindOf, textMessage, textNull } from "./Messages.ts"
import { hasReplies, hasScores, noReplies, noScores, notOfKind, otherColumns } from "./PairFormat.ts"
import { notText, plainText, readText, textType } from "./PlainTexts.ts"
import { type Ranked, rankedReader } from "./RankedFormat.ts"
import { type ScoredReply, scoredReplies } from "./scoredReplies.ts"
import { promptNames, sideWriter } from "./SideColumns.ts"

const wanted = { instruction: "text", completions: "list" } as const
const parts = [
  { part: "prompt", column: "instruction" },
  { part: "candidates", column: "completions" }
] as const
const structs = new Map([["completions[]", new Set(["model", "response", "overall_score"])]])
const fieldParts = [
  { part: "models", column: "completions" },
  { part: "scores", column: "completions" }
] as const

/**
 * UltraFeedback as published: an `instruction` and `completions` with model, response and annotations.
 *
 * The score of a completion is the mean of its aspect ratings, without those that are "N/A"; `overall_score` counts only where there are
 * none, because it contradicts the ratings in part of the first release. Written are the completions with that score as
 * `overall_score`, and without annotations: replies without scores are refused, and so are those whose scores contradict their ranks or
 * that are all equally good. Single texts alone.
 *
 * Source: https://github.com/OpenBMB/UltraFeedback
 */
export const ultrafeedback: Format = {
  name: "ultrafeedback",
  about: "UltraFeedback with several rated completions",
  reads: ["ranked"],
  extension: ".jsonl",
  recognise: (look) => (areCompletions(look) ? recogniseColumns(look, wanted) : null),
  reader: (look) => {
    if (ultrafeedback.recognise(look) === null) {
      return otherColumns(look, `"instruction" with text and "completions" with model and response`)
    }
    return rankedReader(look, {
      style: "text",
      parts: [...parts, ...fieldParts, ...(look.columns.some(({ name }) => name === "models") ? [modelsPart] : [])],
      names: promptNames,
      structs,
      context: (row) => readText(row, "instruction", "user"),
      candidates: readCompletions
    })
  },
  writer: (holding): ReturnType<Format["writer"]> => {
    if (holding.kind !== "pair" && holding.kind !== "ranked")
      return notOfKind(holding, "several replies to each prompt")
    if (!hasReplies(holding)) return noReplies
    if (!hasScores(holding)) return noScores
    const sides = sideWriter(holding, promptNames, ["instruction", "models", "completions"])
    const write: Writer["write"] = (record, into) => {
      const instruction = plainText(record.context, "instruction")
      if (instruction instanceof FormatFlaw) return instruction
      const replies = scoredReplies(record, "completions")
      if (replies instanceof FormatFlaw) return replies
      if (!keepOrder(replies)) {
        return new FormatFlaw(
          "order against scores",
          "completions",
          "an order that the scores do not show",
          "scores that show it"
        )
      }
      const completions = replies.map(({ candidate: { model }, score, text }) => ({
        model,
        response: text,
        overall_score: score
      }))
      // Without nulls for unknown models: Arrow's reader of JSON loses one at the head of a list, and shifts all lists behind it.
      const models = record.candidates.flatMap(({ model }) => (model === null ? [] : [model]))
      const row = { instruction, models, completions }
      sides.write(record, [], row)
      into.push(row)
      return undefined
    }
    return {
      columns: [
        { name: "instruction", type: textType },
        { name: "models", type: { kind: "list", nullable: false, element: textType } },
        { name: "completions", type: completionsType },
        ...sides.columns
      ],
      parts: [...parts, ...fieldParts, ...sides.parts],
      extra: sides.extra,
      notes: holding.kind === "pair" ? ["the order of a pair is held by its scores alone"] : [],
      write
    }
  }
}

/** Says whether the scores order the replies as their ranks do. */
const keepOrder = (replies: ReadonlyArray<ScoredReply>): boolean => {
  const best = replies.toSorted((a, b) => a.rank - b.rank)
  return best.every(({ rank, score }, i) => {
    const before = best[i - 1]
    return before === undefined || (before.rank === rank ? before.score === score : before.score > score)
  })
}

const modelsPart = { part: "models", column: "models" } as const
const completionsType: ColumnType = {
  kind: "list",
  nullable: false,
  element: {
    kind: "struct",
    nullable: false,
    fields: [
      { name: "model", type: textNull },
      { name: "response", type: textType },
      { name: "overall_score", type: { kind: "float", nullable: true, finite: true } }
    ]
  }
}

/** Says whether the lists of the first rows hold replies; rows without a list say nothing. */
const areCompletions = ({ sample }: Look): boolean => {
  const lists = sample.map(({ completions }) => completions).filter((list) => Array.isArray(list))
  return lists.length > 0 && lists.every((list: ReadonlyArray<unknown>) => list.every(hasResponse))
}

const hasResponse = (one: unknown): boolean => typeof one === "object" && one !== null && "response" in one

const readCompletions = (row: Row): ReadonlyArray<Ranked> | FormatFlaw => {
  const { completions } = row
  if (!Array.isArray(completions)) return new FormatFlaw("wrong type", "completions", kindOf(completions), "a list")
  if (completions.length === 0) return new FormatFlaw("too few candidates", "completions", "an empty list", "replies")
  const found: Array<Ranked> = []
  for (const [i, one] of (completions as ReadonlyArray<Row | null>).entries()) {
    const response = one?.["response"]
    if (typeof response !== "string") return notText(response, `completions[${i}].response`)
    const model = one?.["model"]
    found.push({
      messages: [textMessage("assistant", response)],
      rank: null,
      score: scoreOf(one!),
      model: typeof model === "string" ? model : null
    })
  }
  return found
}

const scoreOf = (completion: Row): number | null => {
  const annotations = (completion["annotations"] ?? {}) as Readonly<Record<string, Row | null>>
  const ratings = Object.values(annotations)
    .map((one) => ratingOf(one?.["Rating"]))
    .filter((rating) => rating !== null)
  if (ratings.length > 0) return ratings.reduce((sum, rating) => sum + rating, 0) / ratings.length
  const overall = completion["overall_score"]
  return typeof overall === "number" && Number.isFinite(overall) ? overall : null
}

/** A rating is a number or the text of one; anything else, such as "N/A", is none. */
const ratingOf = (value: unknown): number | null => {
  const rating = typeof value === "string" && value.trim() !== "" ? Number(value) : value
  return typeof rating === "number" && Number.isFinite(rating) ? rating : null
}
