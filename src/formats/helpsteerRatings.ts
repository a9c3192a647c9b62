import type { Column, ColumnType } from "../Columns.ts"
import { type Format, FormatFlaw, type Look, type Preference, type Row } from "./Format.ts"
import { jsonText } from "./jsonText.ts"
import { columnOf, mostlyHolds, recogniseColumns } from "./LookedAt.ts"
import { kindOf, sameMessages, textMessage } from "./Messages.ts"
import { hasReplies, hasScores, noReplies, noScores, notPairs, otherColumns } from "./PairFormat.ts"
import { replyFlaw } from "./PairRules.ts"
import { intType, notText, plainText, textType } from "./PlainTexts.ts"
import { rankedReader } from "./RankedFormat.ts"
import { promptNames, sideWriter } from "./SideColumns.ts"
import { readSteerTurns, writeSteerTurns } from "./SteerTurns.ts"

const wanted = { prompt: "text", response: "text", helpfulness: "number" } as const
const wantedLists = { ...wanted, helpfulness: "list" } as const
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
 * value for each response in that order, since more of one, such as length, is not better; a pair that is cut of the list has the values of its
 * two responses. Of any other column the value that all rows share is kept. A prompt of several turns is split at its markers, see
 * `readSteerTurns`. Written are whole scores from 0 to 4; two records in a row with one prompt are one when they are read again.
 *
 * In the disagreements of HelpSteer2 each rating is a list, one of each person: the score is the mean, and all lists are kept. No votes are made of
 * them, because nothing says which ratings of two responses are by one person. Where the lists are kept they are what is written.
 *
 * Source: https://huggingface.co/datasets/nvidia/HelpSteer2, folder `disagreements` for the lists
 */
export const helpsteerRatings: Format = {
  name: "helpsteer-ratings",
  about: "HelpSteer and HelpSteer2 responses with ratings from 0 to 4, one a row",
  reads: ["ranked"],
  extension: ".jsonl",
  recognise: (look) =>
    recogniseColumns(look, wanted) ?? (holdsLists(look) ? recogniseColumns(look, wantedLists) : null),
  reader: (look) => {
    if (helpsteerRatings.recognise(look) === null) {
      return otherColumns(look, `"prompt" and "response" with text, "helpfulness" with a number or a list of numbers`)
    }
    const isLists = holdsLists(look)
    const names: ReadonlyArray<string> = isLists ? ["helpfulness", ...aspects] : aspects
    const rated = names.filter((name) => columnOf(look, name)?.columnType != null)
    const remarks = new Map<string, number>()
    const reader = rankedReader(look, {
      style: "messages",
      parts,
      names: promptNames,
      context: ({ prompt }) => (typeof prompt === "string" ? readSteerTurns(prompt) : notText(prompt, "prompt")),
      candidates: readResponse
    })
    return {
      holding: {
        ...reader.holding,
        extra: [
          ...rated.map((name) => listColumn(look, name)),
          ...reader.holding.extra.filter(({ name }) => !rated.includes(name))
        ],
        perReply: rated
      },
      read: (row) => {
        const record = reader.read(row)
        if (record instanceof FormatFlaw) return record
        if (isLists) remarks.set(unnamed, (remarks.get(unnamed) ?? 0) + 1)
        const { extra } = record
        // Where people's ratings make the score, their column is not one beside the texts.
        const lists = rated.map((name) => [name, [(Object.hasOwn(extra, name) ? extra[name] : row[name]) ?? null]])
        return { ...record, extra: { ...extra, ...Object.fromEntries(lists) } }
      },
      joins: (last, next) => joined(last, next, rated),
      ...(isLists ? { remarks } : {})
    }
  },
  writer: (holding) => {
    if (holding.kind !== "pair" && holding.kind !== "ranked") return notPairs(holding)
    if (!hasReplies(holding)) return noReplies
    const ofPeople = holding.extra.find(({ name, type }) => name === "helpfulness" && isListOfLists(type))
    if (ofPeople === undefined && !hasScores(holding)) return noScores
    const lists = holding.extra.filter(({ name, type }) => aspects.some((one) => one === name) && type.kind === "list")
    const rest = {
      ...holding,
      extra: holding.extra.filter((column) => column !== ofPeople && !lists.includes(column))
    }
    const columns: ReadonlyArray<Column> = [
      { name: "prompt", type: textType },
      { name: "response", type: textType },
      { name: "helpfulness", type: ofPeople === undefined ? intType : ratingsType },
      ...lists.map(({ name, type }) => ({ name, type: (type as ColumnType & { kind: "list" }).element }))
    ]
    const remarks = new Map<string, number>()
    const listOf = (record: Preference, name: string): Lists => {
      const list = record.extra[name] as Lists
      if (!Array.isArray(list) || list.length === record.candidates.length) return list
      const what = `lists of "${name}" left out, because they do not have one value for each reply`
      remarks.set(what, (remarks.get(what) ?? 0) + 1)
      return null
    }
    const sides = sideWriter(
      rest,
      promptNames,
      columns.map(({ name }) => name)
    )
    return {
      columns: [...columns, ...sides.columns],
      parts: [...parts, ...sides.parts],
      extra: [
        ...[...(ofPeople === undefined ? [] : [ofPeople]), ...lists].map(({ name }) => ({ from: name, to: name })),
        ...sides.extra
      ],
      notes: ["each reply is a row; the order of replies is held by their scores alone"],
      remarks,
      write: (record, into) => {
        const prompt = writeSteerTurns(record.context, "prompt")
        if (prompt instanceof FormatFlaw) return prompt
        const people = ofPeople === undefined ? null : listOf(record, ofPeople.name)
        const others = lists.map(({ name }) => [name, listOf(record, name)] as const)
        const rows: Array<Row> = []
        for (const [i, candidate] of record.candidates.entries()) {
          const flaw = replyFlaw(candidate, "response")
          if (flaw !== undefined) return flaw
          const response = plainText(candidate.messages, "response")
          if (response instanceof FormatFlaw) return response
          const given = ofPeople === undefined ? candidate.score : people?.[i]
          const helpfulness = ratingOf(given)
          if (helpfulness instanceof FormatFlaw) return helpfulness
          const row: Record<string, unknown> = { prompt, response, helpfulness: given }
          for (const [name, list] of others) row[name] = list?.[i] ?? null
          sides.write(record, [], row)
          rows.push(row)
        }
        into.push(...rows)
        return undefined
      }
    }
  }
}

type Lists = ReadonlyArray<unknown> | null

/** What is counted of lists of ratings. */
const unnamed = "responses rated by several people whom nothing names, by whose mean they are ranked"

/** Says whether ratings of the first rows are lists, one rating of each person. */
const holdsLists = (look: Look): boolean =>
  look.isCells !== true &&
  mostlyHolds(look, "helpfulness", "list") &&
  look.sample.every(({ helpfulness }) => !Array.isArray(helpfulness) || helpfulness.every(isNumber))

const isNumber = (value: unknown): boolean => typeof value === "number"

const isListOfLists = (type: ColumnType): boolean => type.kind === "list" && type.element.kind === "list"

const isRating = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= highest

/** A rating, or the mean of those that several people gave. */
const ratingOf = (value: unknown): number | FormatFlaw => {
  if (isRating(value)) return value
  if (Array.isArray(value) && value.length > 0 && value.every(isRating)) {
    return value.reduce((sum, rating) => sum + rating, 0) / value.length
  }
  const found = typeof value === "number" || Array.isArray(value) ? jsonText(value).slice(0, 40) : kindOf(value)
  return new FormatFlaw("no rating", "helpfulness", found, `a whole number from 0 to ${highest}, or a list of such`)
}

const readResponse = ({ helpfulness, response }: Row) => {
  if (typeof response !== "string") return notText(response, "response")
  const score = ratingOf(helpfulness)
  return score instanceof FormatFlaw
    ? score
    : [{ messages: [textMessage("assistant", response)], rank: 0, score, model: null }]
}

const ratingsType: ColumnType = { kind: "list", nullable: false, element: intType }

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
