import type { Candidate } from "../../schemas/Candidate.ts"
import type { Judgment } from "../../schemas/Judgment.ts"
import type { Label } from "../../schemas/Label.ts"
import type { JournalFile } from "../JournalFile.ts"
import type { Origins } from "../originsOf.ts"
import { isText, withoutHashes } from "../Provenance.ts"
import { callsBehind, costOfCalls } from "./callsBehind.ts"
import {
  type DataRow,
  isPairOfPairs,
  type PlacedRow,
  type WhyComparison,
  type WhyPart,
  type WhySide
} from "./RowOrigin.ts"
import type { RowTexts } from "./rowTexts.ts"
import { stepsTo } from "./stepsTo.ts"

/** What is known of a row before its origins are put together. */
export interface KnownRow {
  readonly role: string
  readonly placed: PlacedRow
  readonly texts: RowTexts | null
  readonly origins: Origins
  readonly rejects: WhyPart["rejects"]
  readonly comparisons: ReadonlyArray<WhyComparison>
  /** The other rows with this id, the first of them. */
  readonly others: ReadonlyArray<{ readonly placed: PlacedRow; readonly texts: RowTexts | null }>
}

/**
 * Puts together what made one row: its sides with their candidates, opinions and labels on these, and the calls with their cost.
 *
 * Calls about texts of other rows with the same id alone are left out. `missing` says what could not be told apart. Throws what SQLite
 * throws.
 */
export const whyPart = (
  { comparisons, origins, others, placed, rejects, role, texts }: KnownRow,
  journal: JournalFile | null
): { readonly part: WhyPart; readonly missing: ReadonlyArray<string> } => {
  const { file, id, lost, number, row } = placed
  // The nearest to the data first.
  const groups = [{ ...row, ...lost }, ...origins.made.map(({ from }) => from)].map(groupOf)
  const candidates = new Map(groups.flatMap((one) => one.candidates.map((each) => [each.id, each] as const)))
  const { alike, sides } = sidesOf(placed, texts, candidates)
  const own = textsOf(placed, texts, sides)
  const known = new Set(Object.values(own))
  const foreign = others.flatMap((other) =>
    Object.values(textsOf(other.placed, other.texts, sidesOf(other.placed, other.texts, candidates).sides))
  )
  const elsewhere = [...new Set(foreign)].filter((text) => text.length >= shortest && !known.has(text))
  const { calls, nOfOthers } = callsBehind(origins.asked, journal, own, elsewhere)
  const strangers = others.filter((other) => !isOfOneRecord(placed, other.placed))
  const nUnclear =
    strangers.length === 0 ? 0 : calls.filter(({ about, kept }) => kept !== null && about.length === 0).length
  const ids = new Set(sides.map(({ candidate }) => candidate.id))
  const isWithin = (first: string, second: string | null) =>
    // Of one text alone, every comparison with another counts.
    ids.size === 1
      ? ids.has(first) || (second !== null && ids.has(second))
      : ids.has(first) && (second === null || ids.has(second))
  const judgments = nearest(groups, ({ judgments: all }) => all.filter((one) => isWithin(one.firstId, one.secondId)))
  const labels = nearest(groups, ({ labels: all }) => all.filter((one) => isWithin(one.betterId, one.worseId)))
  const part: WhyPart = {
    role,
    id,
    place: { file, number },
    row,
    lost: withoutHashes(lost),
    prompt: promptOf(groups, texts),
    texts: own,
    madeBy: stepsTo(id, origins.made, ids).map(({ of, stage }) => ({ stage, of })),
    sides: withoutHashes(sides),
    judgments: withoutHashes(judgments),
    labels,
    comparisons,
    rejects,
    calls,
    cost: costOfCalls(calls),
    ownCost: costOfCalls(calls.filter(({ about }) => about.length > 0))
  }
  const missing = [
    ...alike.map(({ n, side }) => `which of ${n} candidates with the same text is ${side} of ${id}: the first is told`),
    ...(nUnclear === 0
      ? []
      : [
          `for which of the ${strangers.length + 1} rows with this id ${nUnclear} of the calls were made: they name no text of these and count for each`
        ])
  ]
  return { part: nOfOthers === 0 ? part : { ...part, nCallsOfOthers: nOfOthers }, missing }
}

/** Whether a record became both rows, as a pair does in formats of single replies. */
const isOfOneRecord = (one: PlacedRow, other: PlacedRow): boolean =>
  one.isExported && one.file === other.file && JSON.stringify(one.lost) === JSON.stringify(other.lost)

/** Characters of a text that tell whose a call is: shorter ones stand in calls by chance. */
const shortest = 20

/** The columns of a group, as far as a row has them. */
interface GroupColumns {
  readonly prompt: string | null
  readonly isOfPairs: boolean
  readonly candidates: ReadonlyArray<Candidate>
  readonly judgments: ReadonlyArray<Judgment>
  readonly labels: ReadonlyArray<Label>
}

/** The columns of these names in every pipeline; a format of a trainer may mean something else by them, which has other keys. */
const groupOf = (row: unknown): GroupColumns => {
  const { candidates, judgments, labels, prompt } = row as DataRow
  return {
    prompt: typeof prompt === "string" ? prompt : null,
    isOfPairs: isPairOfPairs(row as DataRow),
    candidates: listOf<Candidate>(candidates, "text"),
    judgments: listOf<Judgment>(judgments, "firstId"),
    labels: listOf<Label>(labels, "betterId")
  }
}

const listOf = <A>(value: unknown, key: keyof A & string): ReadonlyArray<A> =>
  Array.isArray(value) && value.every((one) => typeof (one as DataRow | null)?.[key] === "string")
    ? (value as ReadonlyArray<A>)
    : []

/** The first that says something. */
const nearest = <A>(
  groups: ReadonlyArray<GroupColumns>,
  of: (group: GroupColumns) => ReadonlyArray<A>
): ReadonlyArray<A> => groups.map(of).find((found) => found.length > 0) ?? []

const promptOf = ([row, ...made]: ReadonlyArray<GroupColumns>, texts: RowTexts | null): string | null => {
  if (row === undefined || row.isOfPairs) return null
  const found = row.prompt ?? texts?.prompt ?? made.find(({ prompt }) => prompt !== null)?.prompt ?? null
  return found === null ? null : withoutHashes(found)
}

const sidesOf = (
  { lost, row }: PlacedRow,
  texts: RowTexts | null,
  candidates: ReadonlyMap<string, Candidate>
): {
  readonly sides: ReadonlyArray<WhySide>
  readonly alike: ReadonlyArray<{ readonly side: string; readonly n: number }>
} => {
  // Those of both pairs are told with these.
  if (isPairOfPairs(row)) return { sides: [], alike: [] }
  const held = [
    ...Object.entries(texts?.replies ?? {}),
    ...Object.entries(row).flatMap(([name, value]) => textsIn(value, name))
  ].filter(([, text]) => text !== "")
  const textOf = (side: string, { text }: Candidate): string | null => {
    const same = held.filter(([, one]) => isText(text, one))
    return (same.find(([name]) => name === side) ?? same[0])?.[1] ?? null
  }
  const named = Object.entries({ ...lost, ...row }).flatMap(([column, value]) => {
    const entries: ReadonlyArray<readonly [string, unknown]> = Array.isArray(value)
      ? value.map((one, i) => [`${column} ${i + 1}`, (one as { readonly id?: unknown } | null)?.id])
      : [[column.replace(/(?:_i|I)d$/, ""), value]]
    return entries.flatMap(([side, id]) => {
      const candidate = typeof id === "string" ? candidates.get(id) : undefined
      if (candidate === undefined) return []
      const text = textOf(side, candidate)
      // A record that became several rows names all its candidates in each of them.
      return column in lost && text === null && texts !== null ? [] : [{ side, candidate, text }]
    })
  })
  // A row that names no candidates may hold their texts all the same.
  const known = new Set(named.flatMap(({ side, text }) => [side, text]))
  const unnamed = held.filter(([side, text]) => side !== "prompt" && !known.has(side) && !known.has(text))
  const alike: Array<{ readonly side: string; readonly n: number }> = []
  const byText: Array<Omit<WhySide, "parents">> = []
  for (const [side, text] of unnamed) {
    if (byText.some((one) => one.text === text)) continue
    const all = [...candidates.values()].filter((one) => isText(one.text, text))
    if (all.length === 0) continue
    if (all.length > 1) alike.push({ side, n: all.length })
    byText.push({ side, text, candidate: all[0]! })
  }
  const sides = [...named, ...byText].map((side) => ({ ...side, parents: parentsOf(side.candidate, candidates) }))
  return { sides, alike }
}

/** Every text that stands in a value, under the name of its column; who speaks is none. */
const textsIn = (value: unknown, name: string): ReadonlyArray<readonly [string, string]> => {
  if (typeof value === "string") return [[name, value]]
  if (Array.isArray(value)) return value.flatMap((one) => textsIn(one, name))
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([key, one]) => (key === "role" || key === "from" ? [] : textsIn(one, name)))
}

const parentsOf = ({ parentId }: Candidate, candidates: ReadonlyMap<string, Candidate>): ReadonlyArray<Candidate> => {
  const parents: Array<Candidate> = []
  for (let next = parentId === null ? undefined : candidates.get(parentId); next !== undefined;) {
    if (parents.includes(next)) break
    parents.push(next)
    next = next.parentId === null ? undefined : candidates.get(next.parentId)
  }
  return parents
}

/**
 * The text of each side, whole where the row has it, else as far as the provenance keeps it; of a pair of pairs those of both, of a prompt
 * without replies the prompt.
 */
const textsOf = (
  { row }: PlacedRow,
  texts: RowTexts | null,
  sides: ReadonlyArray<WhySide>
): Readonly<Record<string, string>> => {
  const inner = ["strong", "weak"].flatMap((side) => {
    const pair = row[side] as DataRow | null | undefined
    return ["chosen", "rejected"].flatMap((name) => {
      const text = pair?.[name]
      return typeof text === "string" ? [[`${side} ${name}`, text]] : []
    })
  })
  const prompt = row["prompt"]
  const alone =
    typeof prompt === "string" && sides.length === 0 && texts === null && inner.length === 0 ? [["prompt", prompt]] : []
  const named = sides.map(({ candidate, side, text }) => [
    side,
    text ?? withoutHashes(candidate.text).replace(/…$/, "")
  ])
  const known = new Set(named.map(([, text]) => text))
  const others = Object.entries(texts?.replies ?? {}).filter(([, text]) => !known.has(text))
  return Object.fromEntries([...alone, ...inner, ...others, ...named]) as Readonly<Record<string, string>>
}
