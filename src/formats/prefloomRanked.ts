import { Ranked } from "../../schemas/Ranked.ts"
import * as Columns from "../Columns.ts"
import { contentId } from "../Seed.ts"
import { type Format, FormatFlaw, type Look, type Preference, type Row, type Writer } from "./Format.ts"
import { columnOf, recogniseColumns } from "./LookedAt.ts"
import { kindOf, textMessage } from "./Messages.ts"
import { hasReplies, hasScores, noReplies, noScores, notPairs, otherColumns } from "./PairFormat.ts"
import { notText, plainText, readText } from "./PlainTexts.ts"
import { type Ranked as RankedReply, rankedReader } from "./RankedFormat.ts"
import { scoredReplies } from "./scoredReplies.ts"
import { sideWriter } from "./SideColumns.ts"

const wanted = { prompt: "text", responses: "list" } as const
const parts = [
  { part: "prompt", column: "prompt" },
  { part: "candidates", column: "responses" }
] as const
const fieldParts = [
  { part: "candidateIds", column: "responses" },
  { part: "models", column: "responses" },
  { part: "scores", column: "responses" }
] as const
const columns = Columns.fromFields(Ranked)
const names = { id: "id" }
const structs = new Map([["responses[]", new Set(["id", "text", "model", "score", "rank"])]])

/**
 * Ranked lists as the stage `rankedList` makes them, see `schemas/Ranked.ts`: `responses` from the best to the worst, equal ranks for a tie.
 *
 * Ranks decide the order, and scores where a rank is missing; `nRanks` is counted anew. Ids that are missing are derived from the texts, a
 * missing model is "unknown". A reply without a score is refused, and so are lists whose replies are equally good. Texts alone.
 */
export const prefloomRanked: Format = {
  name: "prefloom-ranked",
  about: "ranked lists as prefloom's own data sets hold them",
  reads: ["ranked"],
  extension: ".parquet",
  recognise: (look) => (areResponses(look) ? recogniseColumns(look, wanted) : null),
  reader: (look) => {
    if (prefloomRanked.recognise(look) === null) {
      return otherColumns(look, `"prompt" with text and "responses" with text and rank`)
    }
    return rankedReader(look, {
      style: "text",
      parts: [...parts, ...fieldParts],
      names,
      structs,
      context: (row) => readText(row, "prompt", "user"),
      candidates: readResponses
    })
  },
  writer: (holding): ReturnType<Format["writer"]> => {
    if (holding.kind !== "pair" && holding.kind !== "ranked") return notPairs(holding)
    if (!hasReplies(holding)) return noReplies
    if (!hasScores(holding)) return noScores
    // A count of ranks that came with a list is that of the list.
    const counted = holding.extra.filter(({ name, type }) => name === "nRanks" && type.kind === "int")
    const rest = { ...holding, extra: holding.extra.filter((column) => !counted.includes(column)) }
    const own = columns.map(({ name }) => name)
    const sides = sideWriter({ ...rest, parts: rest.parts.filter(({ part }) => part !== "id") }, names, own)
    const write: Writer["write"] = (record, into) => {
      const row = rowOf(record)
      if (row instanceof FormatFlaw) return row
      sides.write(record, [], row)
      into.push(row)
      return undefined
    }
    return {
      columns: [...columns, ...sides.columns],
      parts: [...parts, { part: "id", column: "id" }, ...fieldParts],
      extra: [...sides.extra, ...counted.map(({ name }) => ({ from: name, to: name }))],
      notes: [],
      write
    }
  }
}

/** Says whether the lists of the first rows hold ranked replies; rows without a list say nothing, and where no row has one the type decides. */
const areResponses = (look: Look): boolean => {
  const lists = look.sample.map(({ responses }) => responses).filter((list) => Array.isArray(list))
  return lists.length > 0
    ? lists.every((list: ReadonlyArray<unknown>) => list.every(isRanked))
    : isRankedList(columnOf(look, "responses")?.columnType ?? null)
}

const isRankedList = (type: Columns.ColumnType | null): boolean => {
  if (type?.kind !== "list" || type.element.kind !== "struct") return false
  const held = new Set(type.element.fields.map(({ name }) => name))
  return held.has("text") && held.has("rank")
}

const isRanked = (one: unknown): boolean => typeof one === "object" && one !== null && "text" in one && "rank" in one

const readResponses = (row: Row): ReadonlyArray<RankedReply> | FormatFlaw => {
  const { responses } = row
  if (!Array.isArray(responses)) {
    return responses === null || responses === undefined
      ? notText(responses, "responses")
      : new FormatFlaw("wrong type", "responses", kindOf(responses), "a list")
  }
  if (responses.length === 0) return new FormatFlaw("too few candidates", "responses", "an empty list", "replies")
  const found: Array<RankedReply> = []
  for (const [i, one] of (responses as ReadonlyArray<Row | null>).entries()) {
    const text = one?.["text"]
    if (typeof text !== "string") return notText(text, `responses[${i}].text`)
    const { id, model, rank, score } = one!
    if (!Number.isSafeInteger(rank))
      return new FormatFlaw("wrong type", `responses[${i}].rank`, kindOf(rank), "a number")
    found.push({
      id: typeof id === "string" ? id : null,
      messages: [textMessage("assistant", text)],
      rank: (rank as number) - 1,
      score: typeof score === "number" && Number.isFinite(score) ? score : null,
      model: typeof model === "string" ? model : null
    })
  }
  return found
}

const rowOf = (record: Preference): Record<string, unknown> | FormatFlaw => {
  const { context, id } = record
  const prompt = plainText(context, "prompt")
  if (prompt instanceof FormatFlaw) return prompt
  const replies = scoredReplies(record, "responses")
  if (replies instanceof FormatFlaw) return replies
  const responses = replies.map(({ candidate, rank, score, text }) => ({
    id: candidate.id ?? contentId(contentId(prompt), text),
    text,
    model: candidate.model ?? "unknown",
    score,
    rank
  }))
  responses.sort((a, b) => a.rank - b.rank)
  const own = id ?? contentId(contentId(prompt), ...responses.map((one) => one.id))
  return { id: own, prompt, responses, nRanks: responses.at(-1)!.rank }
}
