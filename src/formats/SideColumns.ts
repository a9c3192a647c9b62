import type { PreferenceCandidate } from "../../schemas/Preference.ts"
import { type Column, type ColumnType, ownValue } from "../Columns.ts"
import {
  type Field,
  FormatFlaw,
  type Holding,
  type Look,
  type PartColumn,
  type Preference,
  type Row
} from "./Format.ts"
import { fitsColumn } from "./fitsColumn.ts"
import { jsonText } from "./jsonText.ts"
import { columnOf, holds, valuesOf } from "./LookedAt.ts"
import { kindOf, type Messages, textNull } from "./Messages.ts"
import { showsNames } from "./PlainTexts.ts"
import { type ReadStructs, unreadKeys } from "./unreadKeys.ts"

/** The columns that stand beside the texts; those of candidates are named in the order of the candidates. */
export interface SideNames {
  readonly id?: string
  readonly tools?: string
  readonly margin?: string
  readonly votes?: string
  readonly models?: ReadonlyArray<string>
  readonly candidateIds?: ReadonlyArray<string>
  readonly scores?: ReadonlyArray<string>
  readonly refLogProbs?: ReadonlyArray<string>
}

/** The names that TRL and published sets use beside `chosen` and `rejected`. */
export const pairNames: SideNames = {
  id: "id",
  tools: "tools",
  margin: "margin",
  votes: "votes",
  models: ["chosen_model", "rejected_model"],
  candidateIds: ["chosen_id", "rejected_id"],
  scores: ["score_chosen", "score_rejected"],
  refLogProbs: ["ref_chosen_logps", "ref_rejected_logps"]
}

/** The names that pairs made by this framework have beside their texts. */
export const ownNames: SideNames = {
  id: "id",
  margin: "margin",
  models: ["chosenModel", "rejectedModel"],
  candidateIds: ["chosenId", "rejectedId"],
  scores: ["scoreChosen", "scoreRejected"]
}

/** The names beside a single completion. */
export const singleNames: SideNames = {
  id: "id",
  tools: "tools",
  models: ["model"],
  candidateIds: ["completion_id"],
  scores: ["score"],
  refLogProbs: ["ref_logps"]
}

/** The names beside a prompt alone. */
export const promptNames: SideNames = { id: "id", tools: "tools" }

const floatNull: ColumnType = { kind: "float", nullable: true, finite: true }
const votesType: ColumnType = {
  kind: "list",
  nullable: false,
  element: {
    kind: "struct",
    nullable: false,
    fields: [
      { name: "annotator", type: textNull },
      { name: "winner", type: { kind: "int", nullable: true } }
    ]
  }
}

interface SideField {
  readonly field: Field
  readonly columns: ReadonlyArray<string>
}

const fieldsOf = (names: SideNames): ReadonlyArray<SideField> =>
  (Object.entries(names) as ReadonlyArray<[Field, string | ReadonlyArray<string>]>).map(([field, columns]) => ({
    field,
    columns: typeof columns === "string" ? [columns] : columns
  }))

/** What columns stand for: those of votes for who gave them, too. */
const partsOf = (fields: ReadonlyArray<SideField>): ReadonlyArray<PartColumn> =>
  fields.flatMap(({ columns, field }) =>
    columns.flatMap((column): ReadonlyArray<PartColumn> => [
      { part: field, column },
      ...(field === "votes" ? [{ part: "annotators", column } as const] : [])
    ])
  )

const typeOf = (field: Field): ColumnType =>
  field === "votes"
    ? votesType
    : field === "scores" || field === "margin" || field === "refLogProbs"
      ? floatNull
      : textNull

const suits = (look: Look, field: Field, column: string): boolean =>
  field === "votes"
    ? holds(look, column, "list") && hasVotes(columnOf(look, column)!.columnType)
    : field === "scores" || field === "margin" || field === "refLogProbs"
      ? holds(look, column, "number")
      : field === "id" || field === "candidateIds"
        ? holds(look, column, "text") || holds(look, column, "number") || holdsNames(look, column)
        : field === "tools"
          ? holds(look, column, "text") || holds(look, column, "list")
          : holds(look, column, "text")

/** Says whether a column has texts and numbers, both of which are names of something. */
const holdsNames = (look: Look, column: string): boolean => {
  const values = valuesOf(look, column)
  return values.length > 0 && values.every((value) => typeof value === "string" || typeof value === "number")
}

const hasVotes = (type: ColumnType | null): boolean =>
  type?.kind === "list" &&
  type.element.kind === "struct" &&
  type.element.fields.length === 2 &&
  ["annotator", "winner"].every((name) =>
    (type.element as { fields: ReadonlyArray<Column> }).fields.some((f) => f.name === name)
  )

/** What stands beside the texts of one row. */
export interface SideValues {
  readonly id: string | null
  readonly tools: string | null
  readonly margin: number | null
  readonly votes: Preference["votes"]
  readonly candidates: ReadonlyArray<Omit<PreferenceCandidate, "messages" | "rank" | "label">>
}

/** How a file holds its texts, and whether their messages use tools. */
interface HeldTexts {
  readonly style: Holding["style"]
  readonly parts: ReadonlyArray<PartColumn>
  readonly hasToolCalls?: boolean
}

/** Reads what stands beside the texts, and everything that the format does not know. */
export interface SideReader {
  /** What the records hold, given what is known of their texts. */
  readonly holding: (kind: Holding["kind"], texts: HeldTexts) => Holding
  readonly read: (row: Row) => SideValues | FormatFlaw
  readonly readExtra: (row: Row) => Row
}

/**
 * Makes the reader of what stands beside the texts in a file with these columns.
 *
 * A column counts as a field when its name is that of the format, or for pairs one of `ownNames` where the format's own are not there, and its
 * values suit; else it is one that the format does not know. `used` are the columns of the texts, `structs` what is read of structs in them. Ids
 * may be numbers and become text; tools may be a list and become JSON text. What becomes of a value that its column does not hold says
 * `look.misfit`.
 */
export const sideReader = (
  look: Look,
  names: SideNames,
  used: ReadonlyArray<string>,
  nCandidates: number,
  structs: ReadStructs = new Map()
): SideReader => {
  const isThere = ({ columns, field }: SideField): boolean =>
    columns.every((column) => !used.includes(column) && suits(look, field, column))
  const given = fieldsOf(names)
  const own = nCandidates === 2 ? fieldsOf(ownNames) : []
  const found = given.flatMap((one) => {
    const there = isThere(one) ? one : own.find(({ field }) => field === one.field)
    return there !== undefined && isThere(there) ? [there] : []
  })
  const column = (field: Field, i = 0): string | undefined => found.find((one) => one.field === field)?.columns[i]
  const taken = new Set([...used, ...found.flatMap(({ columns }) => columns)])
  const others = look.columns.filter(({ name }) => !taken.has(name))
  const extra = others.flatMap(({ name, columnType }) =>
    columnType === null ? [] : [{ name, type: { ...columnType, nullable: true } }]
  )
  const [idColumn, toolsColumn, marginColumn, votesColumn] = [
    column("id"),
    column("tools"),
    column("margin"),
    column("votes")
  ]
  const perCandidate = Array.from({ length: nCandidates }, (_, i) => ({
    id: column("candidateIds", i),
    model: column("models", i),
    score: column("scores", i),
    refLogProb: column("refLogProbs", i)
  }))
  const extraNames = extra.map(({ name }) => name)
  const { misfit } = look
  const keys = unreadKeys(look, used, structs)
  const readExtra: SideReader["readExtra"] = extraNames.some(isInherited)
    ? (row) => Object.fromEntries(extraNames.map((name) => [name, ownValue(row, name) ?? null]))
    : (row) => {
        const kept: Record<string, unknown> = {}
        for (const name of extraNames) kept[name] = row[name] ?? null
        return kept
      }
  return {
    holding: (kind, { hasToolCalls, parts, style }) => ({
      kind,
      style,
      hasToolCalls: hasToolCalls === true || toolsColumn !== undefined,
      ...(style === "messages" && showsNames(look, used) ? { hasNames: true } : {}),
      parts: [...parts, ...partsOf(found)],
      extra,
      unkept: [...others.filter(({ columnType }) => columnType === null).map(({ name }) => name), ...keys.names],
      lateKeys: keys.late
    }),
    read: (row) => {
      let flaw: FormatFlaw | undefined
      const odd = (name: string, value: unknown, wanted: string) => {
        if (misfit === undefined) flaw ??= new FormatFlaw("wrong type", name, kindOf(value), wanted)
        else misfit(name, value, null)
      }
      const text = (name: string | undefined): string | null => {
        if (name === undefined) return null
        const value = row[name]
        if (typeof value === "string" && (misfit === undefined || value.isWellFormed())) return value
        if (value === null || value === undefined) return null
        if (typeof value === "number" || typeof value === "bigint") return String(value)
        odd(name, value, "text")
        return null
      }
      const number = (name: string | undefined): number | null => {
        if (name === undefined) return null
        const value = row[name]
        if (typeof value === "number" && Number.isFinite(value)) return value
        if (value === null || value === undefined) return null
        odd(name, value, "a finite number")
        return null
      }
      const votes = (name: string | undefined): Preference["votes"] => {
        const value = name === undefined ? null : row[name]
        if (value === null || value === undefined) return []
        if (Array.isArray(value) && value.every(isVote)) return value
        odd(name!, value, "votes with annotator and winner")
        return []
      }
      const values = {
        id: text(idColumn),
        tools: toolsText(toolsColumn === undefined ? null : row[toolsColumn]),
        margin: number(marginColumn),
        votes: votes(votesColumn),
        candidates: perCandidate.map(({ id, model, refLogProb, score }) => ({
          id: text(id),
          model: text(model),
          score: number(score),
          refLogProb: number(refLogProb)
        }))
      }
      if (flaw !== undefined) return flaw
      keys.see(row)
      return values
    },
    readExtra: misfit === undefined ? readExtra : fitting(readExtra, extra, look.columns, misfit)
  }
}

/** Reads the columns that the format does not know, with what `misfit` gives for values that their columns do not hold. */
const fitting = (
  readExtra: SideReader["readExtra"],
  extra: ReadonlyArray<Column>,
  columns: Look["columns"],
  misfit: NonNullable<Look["misfit"]>
): SideReader["readExtra"] => {
  const known = new Set(columns.map(({ name }) => name))
  return (row) => {
    const kept = readExtra(row) as Record<string, unknown>
    for (const column of extra) {
      const value = kept[column.name]
      if (!fitsColumn(column, value)) replace(kept, column.name, misfit(column.name, value, column.type))
    }
    for (const name in row) if (!known.has(name)) misfit(name, row[name], null)
    return kept
  }
}

const replace = (into: Record<string, unknown>, name: string, value: unknown) =>
  Object.defineProperty(into, name, { value, enumerable: true, writable: true, configurable: true })

/** Says whether objects have something of this name of themselves, such as `__proto__`, which an assignment would change. */
const isInherited = (name: string): boolean => name in Object.prototype

const isVote = (value: unknown): value is Preference["votes"][number] => {
  if (typeof value !== "object" || value === null) return false
  const { annotator, winner } = value as Row
  return (annotator === null || typeof annotator === "string") && (winner === null || winner === 0 || winner === 1)
}

/** Tools as JSON text; those of no tools are null. */
export const toolsText = (value: unknown): string | null => {
  if (value === null || value === undefined || value === "") return null
  return typeof value === "string" ? value : Array.isArray(value) && value.length === 0 ? null : jsonText(value)
}

/** Fields that a pair, or a reply of it, has and no list. */
const perPair: ReadonlySet<Field> = new Set(["margin", "models", "candidateIds", "scores", "refLogProbs"])

/** Writes what stands beside the texts. */
export interface SideWriter {
  readonly columns: ReadonlyArray<Column>
  readonly parts: ReadonlyArray<PartColumn>
  readonly extra: ReadonlyArray<{ readonly from: string; readonly to: string }>
  readonly write: (record: Preference, candidates: ReadonlyArray<number>, row: Record<string, unknown>) => void
}

/**
 * Makes the writer of the fields that a holding has and of its unknown columns.
 *
 * `used` are the columns of the texts, and names that mean something to the trainer; an unknown column of such a name is written as
 * `extra_<name>`, and so is one beside a list whose name would make it a value of each pair. Without `names` nothing is written. `candidates`
 * are the indices of those that a row holds, in the order of the names.
 */
export const sideWriter = (holding: Holding, names: SideNames | null, used: ReadonlyArray<string>): SideWriter => {
  if (names === null) return { columns: [], parts: [], extra: [], write: () => {} }
  const fields = fieldsOf(names).filter(({ field }) => holding.parts.some(({ part }) => part === field))
  const meant = holding.isCut === true ? fieldsOf(names).filter(({ field }) => perPair.has(field)) : []
  const taken = new Set([...used, ...[...fields, ...meant].flatMap(({ columns }) => columns)])
  const extra = holding.extra.map(({ name, type }) => {
    let to = name
    while (taken.has(to)) to = `extra_${to}`
    taken.add(to)
    return { from: name, to, type }
  })
  const columns = fields.flatMap(({ field, columns: ofField }) =>
    ofField.map((name) => ({ name, type: typeOf(field) }))
  )
  return {
    columns: [...columns, ...extra.map(({ to, type }) => ({ name: to, type }))],
    parts: partsOf(fields),
    extra: extra.map(({ from, to }) => ({ from, to })),
    write: (record, candidates, row) => {
      for (const { columns: ofField, field } of fields) {
        for (let i = 0; i < ofField.length; i++) row[ofField[i]!] = valueOf(field, record, candidates, i)
      }
      for (const { from, to } of extra) {
        if (!isInherited(from) && !isInherited(to)) row[to] = record.extra[from] ?? null
        else {
          replace(row, to, ownValue(record.extra, from) ?? null)
        }
      }
    }
  }
}

const valueOf = (field: Field, record: Preference, candidates: ReadonlyArray<number>, i: number): unknown => {
  switch (field) {
    case "id":
      return record.id
    case "tools":
      return record.tools
    case "margin":
      return record.margin
    case "votes":
      return record.votes.flatMap(({ annotator, winner }) => {
        const place = winner === null ? null : candidates.indexOf(winner)
        // Who prefers a third reply to both has said nothing of these two.
        return place === -1 ? [] : [{ annotator, winner: place }]
      })
    default: {
      const candidate = record.candidates[candidates[i]!]
      if (candidate === undefined) return null
      return field === "models"
        ? candidate.model
        : field === "scores"
          ? candidate.score
          : field === "candidateIds"
            ? candidate.id
            : candidate.refLogProb
    }
  }
}

/** Makes a candidate of what was read. */
export const candidateOf = (
  side: SideValues["candidates"][number],
  messages: Messages,
  rank: number | null,
  label: boolean | null = null
): PreferenceCandidate => ({ ...side, messages, rank, label })
