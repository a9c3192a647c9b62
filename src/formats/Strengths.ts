import type { Column, ColumnType } from "../Columns.ts"
import {
  FormatFlaw,
  type Holding,
  type Look,
  type PartColumn,
  type Preference,
  type Reader,
  type Recognition,
  type Refusal,
  type Row,
  type Writer
} from "./Format.ts"
import { columnOf, holds, recogniseColumns } from "./LookedAt.ts"
import { listRules } from "./listRules.ts"
import { listWriter } from "./listWriter.ts"
import { kindOf, type Messages, textMessage } from "./Messages.ts"
import { hasReplies, noReplies, notPairs, otherColumns } from "./PairFormat.ts"
import { comparedPair } from "./PairRules.ts"
import { intType, notText, plainText, textType } from "./PlainTexts.ts"
import { rankedReader, ranksOf } from "./RankedFormat.ts"
import { promptNames, sideWriter } from "./SideColumns.ts"

/** How one data set of HelpSteer holds two responses and a strength from −3, much better the first, to 3, much better the second. */
export interface StrengthForm {
  readonly prompt: string
  readonly promptType: ColumnType
  readonly isTurns: boolean
  readonly first: string
  readonly second: string
  readonly strength: string
  /** Columns with opinions of single people, the first that is there counts, and the key of their strength in there. */
  readonly votes: ReadonlyArray<string>
  readonly voteStrength: string
  readonly readPrompt: (row: Row) => Messages | FormatFlaw
  readonly writePrompt: (context: Messages) => unknown
}

const strongest = 3

const isStrength = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Math.abs(value as number) <= strongest

const partsOf = (
  { first, prompt, second, strength }: StrengthForm,
  votes: string | undefined
): ReadonlyArray<PartColumn> => [
  { part: "prompt", column: prompt },
  { part: "chosen", column: first },
  { part: "rejected", column: second },
  { part: "label", column: strength },
  { part: "margin", column: strength },
  ...(votes === undefined ? [] : [{ part: "votes", column: votes } as const])
]

/** Recognises the columns of a form. */
export const recogniseStrengths = (look: Look, form: StrengthForm): Recognition | null =>
  recogniseColumns(look, {
    [form.prompt]: form.isTurns ? "turns" : "text",
    [form.first]: "text",
    [form.second]: "text",
    [form.strength]: "number"
  })

/**
 * Makes the reader of a form: a strength below 0 is for the first response, above 0 for the second, and 0 is a tie.
 *
 * The margin is the strength without its sign. Opinions of single people are votes of nobody, since places in a list are not people; a
 * column that holds more than strengths is kept beside them. An opinion whose strength is outside of the scale, such as −100 where somebody could
 * not rate, is no vote.
 */
export const strengthReader = (look: Look, form: StrengthForm): Reader | Refusal => {
  const { first, prompt, second, strength } = form
  if (recogniseStrengths(look, form) === null) {
    return otherColumns(look, [prompt, first, second, strength].map((name) => `"${name}"`).join(", "))
  }
  const votes = form.votes.find((name) => holds(look, name, "list"))
  return rankedReader(look, {
    kind: "pair",
    style: "messages",
    parts: partsOf(form, votes),
    names: promptNames,
    keptToo: form.votes.filter((name) => saysMore(columnOf(look, name)?.columnType, form.voteStrength)),
    context: form.readPrompt,
    candidates: (row) => {
      const value = row[strength]
      if (!isStrength(value)) {
        const found = typeof value === "number" ? String(value) : kindOf(value)
        return new FormatFlaw("no strength", strength, found, `a whole number from −${strongest} to ${strongest}`)
      }
      const ranks = ranksOf(-value)
      const sides = [first, second].map((column) => row[column])
      const bad = sides.findIndex((side) => typeof side !== "string")
      if (bad >= 0) return notText(sides[bad], bad === 0 ? first : second)
      return sides.map((text, i) => ({
        messages: [textMessage("assistant", text as string)],
        rank: ranks[i]!,
        score: null,
        model: null
      }))
    },
    margin: (row) => Math.abs(row[strength] as number),
    votes: (row) => (votes === undefined ? [] : votesOf(row[votes], form.voteStrength))
  })
}

/** Says whether a list of opinions holds more than strengths. */
const saysMore = (type: ColumnType | null | undefined, key: string): boolean =>
  type?.kind !== "list" || type.element.kind !== "struct" || type.element.fields.some(({ name }) => name !== key)

const votesOf = (value: unknown, key: string): Preference["votes"] =>
  (Array.isArray(value) ? (value as ReadonlyArray<Row | null>) : []).flatMap((vote) => {
    const strength = vote?.[key]
    return isStrength(strength) ? [{ annotator: null, winner: strength === 0 ? null : strength < 0 ? 0 : 1 }] : []
  })

const ties = "ties written as 0, of which NeMo-RL's loader of HelpSteer3 makes pairs of one response with itself"

/**
 * Makes the writer of a form. The responses keep their places, and the sign of the strength says which is better.
 *
 * The margin is the strength and has to be 1, 2 or 3; without one it is 1, and 0 for a tie. Votes without the column that they were read from are
 * written with the weakest strength, as they have none of their own, and without the names of who gave them.
 */
export const strengthWriter = (holding: Holding, form: StrengthForm): Writer | Refusal => {
  if (holding.kind === "ranked") {
    return listWriter(holding, listRules["best-worst"], (pairs) => strengthWriter(pairs, form))
  }
  if (holding.kind !== "pair") return notPairs(holding)
  if (!hasReplies(holding)) return noReplies
  const { first, prompt, second, strength, votes: voteColumns, voteStrength } = form
  const votes = voteColumns[0]!
  const hasVotes =
    holding.parts.some(({ part }) => part === "votes") && !holding.extra.some(({ name }) => name === votes)
  const columns: ReadonlyArray<Column> = [
    { name: prompt, type: form.promptType },
    { name: first, type: textType },
    { name: second, type: textType },
    { name: strength, type: intType },
    ...(hasVotes ? [{ name: votes, type: votesType(form) }] : [])
  ]
  const sides = sideWriter(
    holding,
    promptNames,
    columns.map(({ name }) => name)
  )
  const remarks = new Map<string, number>()
  return {
    columns: [...columns, ...sides.columns],
    parts: [...partsOf(form, hasVotes ? votes : undefined), ...sides.parts],
    extra: sides.extra,
    notes: [],
    remarks,
    write: (record, into) => {
      const sign = comparedPair(record)
      if (sign instanceof FormatFlaw) return sign
      const margin = record.margin ?? Math.abs(sign)
      if (sign === 0 ? margin !== 0 : !isStrength(margin) || margin < 1) {
        const wanted = sign === 0 ? "0 for a tie" : `1, 2 or ${strongest}`
        return new FormatFlaw("margin out of range", "margin", String(margin), wanted)
      }
      const context = form.writePrompt(record.context)
      if (context instanceof FormatFlaw) return context
      const texts = record.candidates.map(({ messages }, i) => plainText(messages, i === 0 ? first : second))
      const flaw = texts.find((text) => text instanceof FormatFlaw)
      if (flaw instanceof FormatFlaw) return flaw
      const row: Record<string, unknown> = {
        [prompt]: context,
        [first]: texts[0],
        [second]: texts[1],
        [strength]: sign === 0 ? 0 : sign * margin
      }
      if (hasVotes) {
        row[votes] = record.votes.map(({ winner }) => ({
          [voteStrength]: winner === null ? 0 : winner === 0 ? -1 : 1
        }))
      }
      sides.write(record, [0, 1], row)
      if (sign === 0) remarks.set(ties, (remarks.get(ties) ?? 0) + 1)
      into.push(row)
      return undefined
    }
  }
}

const votesType = ({ voteStrength }: StrengthForm): ColumnType => ({
  kind: "list",
  nullable: false,
  element: { kind: "struct", nullable: false, fields: [{ name: voteStrength, type: intType }] }
})
