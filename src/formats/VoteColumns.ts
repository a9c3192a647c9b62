import type * as Columns from "../Columns.ts"
import type { LabelHints, LabelReading } from "./LabelReading.ts"

/** Where a value stands in a row: a column, then fields of structs. */
export type ValuePath = ReadonlyArray<string>

/** What a column holds, as far as votes are concerned. */
export type Shape = "text" | "turns" | "number" | "other"

/** A column as a file shows it. `columnType` is null where the values are of different types. */
export interface SeenColumn {
  readonly name: string
  readonly columnType: Columns.ColumnType | null
  /** What it holds where `columnType` cannot say it. */
  readonly shape?: Shape
}

/** Columns that a person names; several are separated by commas, and a name may be a dotted path into structs. */
export interface NamedColumns {
  readonly prompt?: string
  readonly chosen?: string
  readonly rejected?: string
  readonly annotator?: string
  /** "none", where no column is called so, says that the first is always the better one. */
  readonly label?: string
  readonly pair?: string
  readonly truth?: string
  readonly family?: string
  readonly scoreChosen?: string
  readonly scoreRejected?: string
}

/** A list of opinions in a row, each a vote of its own. */
export interface OpinionList {
  /** The key of the label in each. */
  readonly label: string
  /** The key of who gave it; null where nobody is named: places in a list are not people. */
  readonly annotator: string | null
  /** The label of a row whose list holds none; "chosen" where the first is then the better one, as its name says; null where it has no vote. */
  readonly otherwise: ValuePath | "chosen" | null
}

/**
 * Which columns of a file say what about votes.
 *
 * Without `labels` the first is the one called chosen and every verdict says so. With several, each is an annotator of its own.
 */
export interface VoteColumns {
  /** The format in words. */
  readonly format: string
  /** Which columns were taken as what, in a sentence. */
  readonly said: string
  readonly prompt: ReadonlyArray<ValuePath>
  /**
   * Where the prompt comes from: columns; the turns before the last one of the assistant; the text before the last marker of a
   * transcript; what the user says in two whole conversations; nowhere. "transcripts?" has to be settled by a look at the rows.
   */
  readonly promptFrom: "columns" | "turns" | "transcripts" | "transcripts?" | "user turns" | "nowhere"
  /** Null where rows hold neither texts nor names of what was compared. */
  readonly sides: { readonly first: ValuePath; readonly second: ValuePath } | null
  /** Whether the sides are texts, not names of what made them. */
  readonly hasTexts: boolean
  readonly sidesRecorded: boolean
  readonly labels: ReadonlyArray<{ readonly path: ValuePath; readonly annotator: string | null }>
  /** Columns beside texts called chosen and rejected that by their names may be labels, of which nobody said what they are. */
  readonly unused: ReadonlyArray<ValuePath>
  /** Set where one column holds a list of opinions; `labels` is that column alone. */
  readonly opinions: OpinionList | null
  readonly hints: LabelHints
  /** How labels are read; null without labels and before the look at their values. */
  readonly reading: LabelReading | null
  readonly annotator: ReadonlyArray<ValuePath>
  /** What is right, written like the labels. */
  readonly truth: ValuePath | null
  /** What family the annotator belongs to. */
  readonly family: ValuePath | null
  /** Parts of the pair id; empty where it is derived from the texts. */
  readonly pair: ReadonlyArray<ValuePath>
  readonly scoreFirst: ValuePath | null
  readonly scoreSecond: ValuePath | null
  /** What made the first text and the second; null where no columns beside the texts say it. */
  readonly models: readonly [ValuePath, ValuePath] | null
  readonly split: ValuePath | null
}

/** A part of an answer that could not be found: what is missing or ambiguous, and the flags that settle it. */
export interface ColumnProblem {
  readonly found: string
  readonly remedy: string
}

/** A path as people write it, with dots. */
export const pathText = (path: ValuePath): string => path.join(".")

/** What a column type holds. */
export const shapeOfType = (type: Columns.ColumnType): Shape => {
  if (type.kind === "string") return "text"
  if (type.kind === "list") return isMessage(type.element) ? "turns" : "other"
  if (type.kind === "struct") return isMessage(type) ? "turns" : "other"
  return type.kind === "boolean" ? "other" : "number"
}

const isMessage = (type: Columns.ColumnType): boolean => {
  if (type.kind !== "struct") return false
  const has = (name: string) => type.fields.some((field) => field.name === name)
  return (has("role") && has("content")) || (has("from") && has("value"))
}

/** The value at a path of a row; undefined where there is none. */
export const valueAt = (row: Readonly<Record<string, unknown>>, path: ValuePath): unknown => {
  let value: unknown = row
  for (const name of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[name]
  }
  return value
}

/** Says whether a value is no plain text, number or null: messages, where a reply or a prompt is meant. */
export const isObject = (value: unknown): boolean => typeof value === "object" && value !== null

/** A label of a row as it stands there, and who gave it, where the label says so. */
export interface GivenLabel {
  readonly annotator: string | null
  readonly value: unknown
}

/** The labels of a row, one for each label column or for each opinion in a list; what is no list of opinions holds none. */
export const labelsOf = (
  { labels, opinions }: VoteColumns,
  row: Readonly<Record<string, unknown>>
): ReadonlyArray<GivenLabel> => {
  if (opinions === null) return labels.map(({ annotator, path }) => ({ annotator, value: valueAt(row, path) }))
  const list = valueAt(row, labels[0]!.path)
  const { annotator, label } = opinions
  return (Array.isArray(list) ? (list as ReadonlyArray<unknown>) : []).flatMap((one) => {
    if (typeof one !== "object" || one === null || !Object.hasOwn(one, label)) return []
    const who = annotator === null ? null : valueAt(one as Readonly<Record<string, unknown>>, [annotator])
    return [
      {
        annotator: typeof who === "number" ? String(who) : typeof who === "string" && who !== "" ? who : null,
        value: (one as Readonly<Record<string, unknown>>)[label]
      }
    ]
  })
}

/** The column of the label that a row has beside its list of opinions; null where there is none. */
export const recordedLabel = (opinions: OpinionList | null): ValuePath | null =>
  opinions === null || opinions.otherwise === "chosen" ? null : opinions.otherwise

/** All columns that votes are read from. */
export const readColumns = (columns: VoteColumns): ReadonlyArray<string> => {
  const { annotator, family, labels, models, opinions, pair, prompt, scoreFirst, scoreSecond, sides, split, truth } =
    columns
  const paths = [
    ...prompt,
    ...(sides === null ? [] : [sides.first, sides.second]),
    ...(models ?? []),
    ...labels.map(({ path }) => path),
    ...annotator,
    ...pair,
    ...[scoreFirst, scoreSecond, split, truth, family, recordedLabel(opinions)].filter((path) => path !== null)
  ]
  return [...new Set(paths.map((path) => path[0]!))]
}
