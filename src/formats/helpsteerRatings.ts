import type { Column, ColumnType } from "../Columns.ts"
import { type Format, FormatFlaw, type Look, type Preference, type Row } from "./Format.ts"
import { jsonText } from "./jsonText.ts"
import { columnOf, recogniseColumns } from "./LookedAt.ts"
import { kindOf, sameMessages, textMessage } from "./Messages.ts"
import { hasReplies, noReplies, notPairs, otherColumns } from "./PairFormat.ts"
import { replyFlaw } from "./PairRules.ts"
import { intType, notText, plainText, textType } from "./PlainTexts.ts"
import { rankedReader } from "./RankedFormat.ts"
import { promptNames, sideWriter } from "./SideColumns.ts"
import { readSteerTurns, writeSteerTurns } from "./SteerTurns.ts"

const wanted = { prompt: "text", response: "text", helpfulness: "number" } as const
const aspects = ["correctness", "coherence", "complexity", "verbosity"] as const
const highest = 4
const parts = [
  { part: "prompt", column: "prompt" },
  { part: "candidates", column: "response" },
  { part: "scores", column: "helpfulness" }
] as const

/**
 * The ratings of HelpSteer and HelpSteer2: one response a row with five ratings from 0 to 4; consecutive rows with one prompt belong together.
 *
 * The score is `helpfulness`, by which the responses are ranked, the best first; equal ones are a tie. The other four ratings become lists with a
 * value for each response in that order, since more of one, such as length, is not better. Of any other column the value that all rows
 * share is kept. A prompt of several turns is split at its markers, see `readSteerTurns`. Written are whole scores from 0 to 4; two
 * records in a row with one prompt are one when they are read again.
 *
 * Source: https://huggingface.co/datasets/nvidia/HelpSteer2
 */
export const helpsteerRatings: Format = {
  name: "helpsteer-ratings",
  about: "HelpSteer and HelpSteer2 responses with ratings from 0 to 4, one a row",
  reads: ["ranked"],
  extension: ".jsonl",
  recognise: (look) => recogniseColumns(look, wanted),
  reader: (look) => {
    if (helpsteerRatings.recognise(look) === null) {
      return otherColumns(look, `"prompt" and "response" with text, "helpfulness" with a number`)
    }
    const rated = aspects.filter((name) => columnOf(look, name)?.columnType != null)
    const rest = { ...look, columns: look.columns.filter(({ name }) => !rated.some((one) => one === name)) }
    const reader = rankedReader(rest, {
      style: "messages",
      parts,
      names: promptNames,
      context: ({ prompt }) => (typeof prompt === "string" ? readSteerTurns(prompt) : notText(prompt, "prompt")),
      candidates: readResponse
    })
    return {
      holding: { ...reader.holding, extra: [...rated.map((name) => listColumn(look, name)), ...reader.holding.extra] },
      read: (row) => {
        const record = reader.read(row)
        if (record instanceof FormatFlaw) return record
        const lists = Object.fromEntries(rated.map((name) => [name, [row[name] ?? null]]))
        return { ...record, extra: { ...lists, ...record.extra } }
      },
      joins: (last, next) => joined(last, next, rated)
    }
  },
  writer: (holding) => {
    if (holding.kind !== "pair" && holding.kind !== "ranked") return notPairs(holding)
    if (!hasReplies(holding)) return noReplies
    const lists = holding.extra.filter(({ name, type }) => aspects.some((one) => one === name) && type.kind === "list")
    const rest = { ...holding, extra: holding.extra.filter((column) => !lists.includes(column)) }
    const columns: ReadonlyArray<Column> = [
      { name: "prompt", type: textType },
      { name: "response", type: textType },
      { name: "helpfulness", type: intType },
      ...lists.map(({ name, type }) => ({ name, type: (type as ColumnType & { kind: "list" }).element }))
    ]
    const sides = sideWriter(
      rest,
      promptNames,
      columns.map(({ name }) => name)
    )
    return {
      columns: [...columns, ...sides.columns],
      parts: [...parts, ...sides.parts],
      extra: [...lists.map(({ name }) => ({ from: name, to: name })), ...sides.extra],
      notes: ["each reply is a row; the order of replies is held by their scores alone"],
      write: (record, into) => {
        const prompt = writeSteerTurns(record.context, "prompt")
        if (prompt instanceof FormatFlaw) return prompt
        const rows: Array<Row> = []
        for (const [i, candidate] of record.candidates.entries()) {
          const flaw = replyFlaw(candidate, "response") ?? scoreFlaw(candidate.score)
          if (flaw !== undefined) return flaw
          const response = plainText(candidate.messages, "response")
          if (response instanceof FormatFlaw) return response
          const row: Record<string, unknown> = { prompt, response, helpfulness: candidate.score }
          for (const { name } of lists) row[name] = (record.extra[name] as ReadonlyArray<unknown> | null)?.[i] ?? null
          sides.write(record, [], row)
          rows.push(row)
        }
        into.push(...rows)
        return undefined
      }
    }
  }
}

const isRating = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= highest

const ratingFlaw = (found: string): FormatFlaw =>
  new FormatFlaw("no rating", "helpfulness", found, `a whole number from 0 to ${highest}`)

const scoreFlaw = (score: number | null): FormatFlaw | undefined =>
  isRating(score) ? undefined : ratingFlaw(score === null ? "a reply without a score" : `the score ${String(score)}`)

const readResponse = ({ helpfulness, response }: Row) => {
  if (typeof response !== "string") return notText(response, "response")
  if (!isRating(helpfulness)) {
    return ratingFlaw(typeof helpfulness === "number" ? String(helpfulness) : kindOf(helpfulness))
  }
  return [{ messages: [textMessage("assistant", response)], rank: 0, score: helpfulness, model: null }]
}

const listColumn = (look: Look, name: string): Column => {
  const element = { ...columnOf(look, name)!.columnType!, nullable: true }
  return { name, type: { kind: "list", nullable: true, element } }
}

/** Puts the one response of `next` behind those of `last` that are as good, where both answer one prompt. */
const joined = (last: Preference, next: Preference, rated: ReadonlyArray<string>): Preference | null => {
  if (!sameMessages(last.context, next.context)) return null
  const [added] = next.candidates
  const behind = last.candidates.findIndex(({ score }) => score! < added!.score!)
  const at = behind < 0 ? last.candidates.length : behind
  const candidates = last.candidates.toSpliced(at, 0, added!)
  const lists = rated.map((name) => {
    const [values, [value]] = [last.extra[name], next.extra[name]] as [ReadonlyArray<unknown>, ReadonlyArray<unknown>]
    return [name, values.toSpliced(at, 0, value)] as const
  })
  const shared = Object.entries(last.extra).map(
    ([name, value]) => [name, sameJson(value, next.extra[name]) ? value : null] as const
  )
  return {
    ...last,
    id: last.id === next.id ? last.id : null,
    tools: last.tools === next.tools ? last.tools : null,
    candidates: candidates.map((one) => ({
      ...one,
      rank: candidates.filter(({ score }) => score! > one.score!).length
    })),
    extra: Object.fromEntries([...shared, ...lists])
  }
}

const sameJson = (a: unknown, b: unknown): boolean => a === b || jsonText(a) === jsonText(b)
