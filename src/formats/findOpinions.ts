import type { ColumnType } from "../Columns.ts"
import type { LabelHints } from "./LabelReading.ts"
import type { OpinionList, SeenColumn, ValuePath } from "./VoteColumns.ts"

/** A column with a list of opinions, and how their labels are read. */
export interface FoundOpinions {
  readonly path: ValuePath
  readonly list: OpinionList
  readonly hints: LabelHints
}

interface KnownList extends OpinionList {
  readonly name: string
  readonly hints: LabelHints
}

const strengths = { firstSign: -1, strongest: 3, isSettled: true, source: "HelpSteer" } as const

/** Lists that published data and our own exports have; of those of one data set the first is the most complete. */
const known: ReadonlyArray<KnownList> = [
  {
    name: "individual_preference",
    label: "score",
    annotator: null,
    otherwise: ["overall_preference"],
    hints: strengths
  },
  {
    name: "all_preferences_unprocessed",
    label: "strength",
    annotator: null,
    otherwise: ["preference_strength"],
    hints: strengths
  },
  {
    name: "three_most_similar_preferences",
    label: "strength",
    annotator: null,
    otherwise: ["preference_strength"],
    hints: strengths
  },
  {
    name: "votes",
    label: "winner",
    annotator: "annotator",
    otherwise: "chosen",
    hints: { values: { "0": "first", "1": "second", "": "tie" }, isSettled: true }
  }
]

/**
 * Finds a column whose rows hold lists of opinions, such as `individual_preference` of HelpSteer3; null where there is none.
 *
 * A label that a person names counts as one in a list where its path leads through a list, as in `individual_preference.score`, and so does an
 * annotator in the same list. Without names a list of a known form counts: those of HelpSteer beside their overall strength, and `votes` with
 * `annotator` and `winner` beside columns called chosen and rejected. HelpSteer names no annotators, and none are made up of places in a list.
 */
export const findOpinions = (
  columns: ReadonlyArray<SeenColumn>,
  named: { readonly label?: ReadonlyArray<ValuePath>; readonly annotator?: ReadonlyArray<ValuePath> },
  isChosen: boolean
): FoundOpinions | null => {
  const keysIn = (name: string): ReadonlyArray<string> =>
    keysOf(columns.find((column) => column.name === name)?.columnType)
  const has = (name: string) => columns.some((column) => column.name === name)
  if (named.label !== undefined) {
    const [path, ...more] = named.label
    const [name, label] = path!
    if (more.length > 0 || path!.length !== 2 || !keysIn(name!).includes(label!)) return null
    const who = named.annotator?.length === 1 ? named.annotator[0]! : []
    const annotator = who.length === 2 && who[0] === name && keysIn(name!).includes(who[1]!) ? who[1]! : null
    const hints = known.find((one) => one.name === name && one.label === label)?.hints
    return { path: [name!], list: { label: label!, annotator, otherwise: null }, hints: hints ?? {} }
  }
  if (named.annotator !== undefined) return null
  const found = known.find(({ annotator, label, name, otherwise }) => {
    const keys = keysIn(name)
    const areThere = keys.includes(label) && (annotator === null || keys.includes(annotator))
    return areThere && (otherwise === "chosen" ? isChosen : !isChosen && otherwise !== null && has(otherwise[0]!))
  })
  if (found === undefined) return null
  const { annotator, hints, label, name, otherwise } = found
  return { path: [name], list: { label, annotator, otherwise }, hints }
}

/** The keys of the structs in a list. */
const keysOf = (type: ColumnType | null | undefined): ReadonlyArray<string> =>
  type?.kind === "list" && type.element.kind === "struct" ? type.element.fields.map(({ name }) => name) : []
