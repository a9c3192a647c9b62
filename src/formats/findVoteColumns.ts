import type * as Columns from "../Columns.ts"
import { findModels, findSides, findScores, isProblem, type FoundSides } from "./VoteSides.ts"
import { describeVotes } from "./describeVotes.ts"
import { findOpinions } from "./findOpinions.ts"
import type { LabelHints } from "./LabelReading.ts"
import {
  type ColumnProblem,
  type NamedColumns,
  pathText,
  type SeenColumn,
  type Shape,
  shapeOfType,
  type ValuePath,
  type VoteColumns
} from "./VoteColumns.ts"

/** Finds the path of a name among the columns of a file: an exact name, or a column and fields of its structs. */
const pathOf = (columns: ReadonlyArray<SeenColumn>, name: string): ValuePath | undefined => {
  if (columns.some((column) => column.name === name)) return [name]
  const head = columns.find((column) => name.startsWith(`${column.name}.`))
  return head === undefined ? undefined : [head.name, ...name.slice(head.name.length + 1).split(".")]
}

const shapeAt = (columns: ReadonlyArray<SeenColumn>, path: ValuePath): Shape => {
  const column = columns.find(({ name }) => name === path[0])
  if (column === undefined) return "other"
  if (column.columnType === null) return path.length === 1 ? (column.shape ?? "other") : "other"
  let type: Columns.ColumnType = column.columnType
  for (const name of path.slice(1)) {
    if (type.kind !== "struct") return "other"
    const field: Columns.Column | undefined = type.fields.find((candidate) => candidate.name === name)
    if (field === undefined) return "other"
    type = field.type
  }
  return shapeOfType(type)
}

const annotators = [
  "annotator",
  "annotator_id",
  "annotatorId",
  "worker",
  "worker_id",
  "workerId",
  "rater",
  "rater_id",
  "judge"
]
const labels = [
  "label",
  "labels",
  "winner",
  "preference",
  "preferred",
  "choice",
  "vote",
  "verdict",
  "overall_preference",
  "preference_strength",
  "better_response_id"
]
const pairIds = ["pair_id", "pairId", "pair"]
const itemIds = ["id", "item_id", "item", "idx"]
/** What an annotator may be called by, alone or with others. */
const maybeAnnotator = /^(annotator|worker|rater|judge)[ _-]/i
const wide = /^(annotator|rater|judge|vote|label|worker)[ _-]?\d+$/i

/**
 * Finds which columns of a file say what about votes, from their names and types and from what a person names, never from values.
 *
 * What is named comes first; the rest is taken from names that published data use. Two columns that could both be meant are a
 * problem, not a choice. How labels are read is settled later, see `inferLabels`. `tellsSplits` says whether a column "split" tells splits apart, which
 * its values do (`findSplitColumn`). Default: true.
 */
export const findVoteColumns = (
  columns: ReadonlyArray<SeenColumn>,
  named: NamedColumns,
  tellsSplits = true
): VoteColumns | ColumnProblem => {
  const has = (name: string) => columns.some((column) => column.name === name)
  const shape = (path: ValuePath) => shapeAt(columns, path)

  const paths: Record<string, ReadonlyArray<ValuePath>> = {}
  for (const [role, text] of Object.entries(named) as ReadonlyArray<[string, string | undefined]>) {
    if (text === undefined) continue
    if (role === "label" && text === "none" && !has(text)) {
      paths[role] = []
      continue
    }
    const names = has(text) ? [text] : text.split(",").map((name) => name.trim())
    const found = names.map((name) => pathOf(columns, name))
    const missing = names.find((_, i) => found[i] === undefined)
    if (missing !== undefined) return problem(columns, `no column "${missing}"`, flagOf(role))
    if (names.length > 1 && !["prompt", "annotator", "label", "pair"].includes(role)) {
      return problem(columns, `${names.length} columns for ${flagOf(role)}`, `one for ${flagOf(role)}`)
    }
    paths[role] = found.filter((path) => path !== undefined)
  }
  /** The one column of a list of names, if there is one. */
  const only = (names: ReadonlyArray<string>, flag: string): ValuePath | ColumnProblem | undefined => {
    const there = names.filter(has)
    return there.length > 1
      ? problem(columns, `${there.map((name) => `"${name}"`).join(" and ")}, which could both be meant`, flag)
      : there[0] === undefined
        ? undefined
        : [there[0]]
  }

  const saysNone = paths["label"]?.length === 0
  for (const [one, other] of [
    ["chosen", "rejected"],
    ["rejected", "chosen"],
    ["scoreChosen", "scoreRejected"],
    ["scoreRejected", "scoreChosen"]
  ] as const) {
    if (paths[one] !== undefined && paths[other] === undefined) {
      return problem(columns, `a column for ${flagOf(one)} alone`, flagOf(other))
    }
  }
  const sides: FoundSides | ColumnProblem | undefined =
    paths["chosen"] === undefined
      ? findSides(
          columns.map(({ name }) => name),
          shape,
          (found) => problem(columns, found, "--chosen and --rejected")
        )
      : {
          first: paths["chosen"][0]!,
          second: paths["rejected"]![0]!,
          isChosen: saysNone || paths["label"] === undefined || /chosen|prefer/i.test(pathText(paths["chosen"][0]!)),
          hasTexts: true,
          fromZero: pathText(paths["chosen"][0]!).endsWith("0"),
          known: null
        }
  if (isProblem(sides)) return sides

  const isChosen = sides?.isChosen === true
  const opinions = saysNone ? null : findOpinions(columns, paths, isChosen)
  const votes = opinions === null ? findLabels(columns, paths["label"], isChosen, only) : [opinions.path]
  if (isProblem(votes)) return votes
  if (sides === undefined && votes.length === 0) {
    return problem(
      columns,
      "none that are known to hold preferences",
      "--chosen and --rejected, and --label where one column says which is better"
    )
  }
  if (sides !== undefined && !isChosen && votes.length === 0) {
    const pair = `${pathText(sides.first)} and ${pathText(sides.second)}`
    return problem(columns, `${pair}, but none that says which is better`, "--label")
  }

  const hasTexts = sides?.hasTexts === true
  const isInList = typeof opinions?.list.annotator === "string"
  const annotator = isInList
    ? []
    : (paths["annotator"] ?? asList(votes.length > 1 ? undefined : only(annotators, "--annotator")))
  if (isProblem(annotator)) return annotator
  if (paths["annotator"] !== undefined && votes.length > 1) {
    return problem(
      columns,
      "several label columns, each of which is an annotator",
      "--label with one column, or leave out --annotator"
    )
  }
  const unsure = columns.map(({ name }) => name).filter((name) => maybeAnnotator.test(name))
  if (!hasTexts && annotator.length === 0 && votes.length < 2 && unsure.length > 0) {
    const found = `${unsure.map((name) => `"${name}"`).join(" and ")}, which may or may not name the annotators`
    return problem(columns, found, "--annotator; several columns are separated by commas")
  }
  if (paths["truth"] !== undefined && votes.length === 0) {
    return problem(columns, "a column of what is right, but no label that is written like it", "--label")
  }
  if (paths["family"] !== undefined && votes.length > 1) {
    return problem(
      columns,
      "a family for several label columns, each of which is an annotator",
      "--label with one column"
    )
  }
  const pair = paths["pair"] ?? findPair(hasTexts, has, only)
  if (isProblem(pair)) return pair
  const prompt = paths["prompt"] ?? sides?.known?.prompt ?? findPrompt(columns, shape, only)
  if (isProblem(prompt)) return prompt
  if (!hasTexts && pair.length === 0 && (sides === undefined || prompt.length === 0)) {
    return problem(
      columns,
      "votes, but neither texts nor the id of what was compared",
      "--pair, or --chosen and --rejected"
    )
  }
  const scores = findScores(sides, has)
  const promptFrom = promptSource(prompt, sides, shape)
  const found: Omit<VoteColumns, "format" | "said"> = {
    prompt: promptFrom === "columns" ? prompt : [],
    promptFrom,
    sides: sides === undefined ? null : { first: sides.first, second: sides.second },
    hasTexts,
    sidesRecorded: votes.length > 0 && !isChosen,
    labels: votes.map((path) => ({ path, annotator: votes.length > 1 ? pathText(path) : null })),
    unused: isChosen && paths["label"] === undefined && opinions === null ? mayBeLabels(columns, paths) : [],
    opinions: opinions?.list ?? null,
    hints: { ...hintsOf(columns, sides, votes), ...opinions?.hints },
    reading: null,
    annotator,
    truth: paths["truth"]?.[0] ?? null,
    family: paths["family"]?.[0] ?? null,
    pair,
    scoreFirst: paths["scoreChosen"]?.[0] ?? scores?.[0] ?? null,
    scoreSecond: paths["scoreRejected"]?.[0] ?? scores?.[1] ?? null,
    models:
      sides === undefined
        ? null
        : findModels(
            columns.map(({ name }) => name),
            sides
          ),
    split: tellsSplits && has("split") && shape(["split"]) === "text" ? ["split"] : null
  }
  return { ...found, ...describeVotes(found, has, Object.keys(paths).length > 0) }
}

const asList = (path: ValuePath | ColumnProblem | undefined): ReadonlyArray<ValuePath> | ColumnProblem =>
  path === undefined ? [] : isProblem(path) ? path : [path]

const flags: Readonly<Record<string, string>> = { scoreChosen: "--score-chosen", scoreRejected: "--score-rejected" }
const flagOf = (role: string): string => flags[role] ?? `--${role}`

const problem = (columns: ReadonlyArray<SeenColumn>, found: string, flag: string): ColumnProblem => ({
  found: `the columns ${columns.map(({ name }) => name).join(", ")}: ${found}`,
  remedy: `name them with ${flag}`
})

type Only = (names: ReadonlyArray<string>, flag: string) => ValuePath | ColumnProblem | undefined

const findLabels = (
  columns: ReadonlyArray<SeenColumn>,
  given: ReadonlyArray<ValuePath> | undefined,
  isChosen: boolean,
  only: Only
): ReadonlyArray<ValuePath> | ColumnProblem => {
  if (given !== undefined) return given
  // Beside columns called chosen and rejected a label may mean anything; it counts when it is named, see `mayBeLabels`.
  if (isChosen) return []
  const many = columns.map(({ name }) => name).filter((name) => wide.test(name))
  const one = only(labels, "--label")
  if (many.length < 2 || isProblem(one)) return asList(one)
  if (one === undefined) return many.map((name) => [name])
  return problem(
    columns,
    `"${pathText(one)}" and ${many.map((name) => `"${name}"`).join(", ")}, which could both be meant`,
    "--label"
  )
}

/** Columns called like labels, alone or as one of several, that are not named as something else. */
const mayBeLabels = (
  columns: ReadonlyArray<SeenColumn>,
  paths: Readonly<Record<string, ReadonlyArray<ValuePath>>>
): ReadonlyArray<ValuePath> => {
  const taken = new Set(Object.values(paths).flatMap((of) => of.map(pathText)))
  const names = columns.map(({ name }) => name).filter((name) => !taken.has(name))
  const many = names.filter((name) => wide.test(name))
  return [...names.filter((name) => labels.includes(name)), ...(many.length < 2 ? [] : many)].map((name) => [name])
}

/** Finds what calls pairs by name; ids of rows count where there are no texts, within a subset where there is one. */
const findPair = (
  hasTexts: boolean,
  has: (name: string) => boolean,
  only: Only
): ReadonlyArray<ValuePath> | ColumnProblem => {
  const pair = asList(only(pairIds, "--pair"))
  if (hasTexts || isProblem(pair) || pair.length > 0) return pair
  const item = asList(only(itemIds, "--pair"))
  return isProblem(item) || item.length === 0 || !has("subset") ? item : [["subset"], ...item]
}

const findPrompt = (
  columns: ReadonlyArray<SeenColumn>,
  shape: (path: ValuePath) => Shape,
  only: Only
): ReadonlyArray<ValuePath> | ColumnProblem => {
  const has = (name: string) => columns.some((column) => column.name === name)
  const system: ReadonlyArray<ValuePath> = has("system") && shape(["system"]) === "text" ? [["system"]] : []
  if (has("prompt")) return [...system, ["prompt"]]
  if (has("instruction")) {
    return [...system, ...["history", "instruction", "input"].filter(has).map((name) => [name])]
  }
  if (shape(["input", "messages"]) === "turns") return [["input", "messages"]]
  if (has("question") && shape(["question", "full_text"]) === "text") return [["question", "full_text"]]
  const found = only(["question", "question_id", "context", "conversations", "history", "input", "query"], "--prompt")
  if (isProblem(found)) return found
  if (found !== undefined) return [...system, found]
  return has("messages") && shape(["messages"]) === "turns" ? [["messages"]] : []
}

const promptSource = (
  prompt: ReadonlyArray<ValuePath>,
  sides: FoundSides | undefined,
  shape: (path: ValuePath) => Shape
): VoteColumns["promptFrom"] => {
  if (prompt.length > 0) return "columns"
  if (sides === undefined || !sides.hasTexts) return "nowhere"
  if (shape(sides.first) === "turns") return sides.known?.wholeConversations === true ? "user turns" : "turns"
  return sides.isChosen ? "transcripts?" : "nowhere"
}

const hintsOf = (
  columns: ReadonlyArray<SeenColumn>,
  sides: FoundSides | undefined,
  votes: ReadonlyArray<ValuePath>
): LabelHints => {
  const has = (name: string) => columns.some((column) => column.name === name)
  const byName = {
    ...(sides?.fromZero === true ? { fromZero: true } : {}),
    ...(sides?.isChosen === true ? { firstIsChosen: true } : {})
  }
  const label = votes.length === 1 ? pathText(votes[0]!) : ""
  if (label === "overall_preference" || label === "preference_strength") {
    return { ...byName, firstSign: -1, strongest: 3, source: "HelpSteer" }
  }
  if (has("human_ref_A") && label === "labels")
    return { ...byName, values: { "1": "first", "0": "second" }, source: "SHP" }
  if (has("response 1") && label === "label") {
    return { ...byName, values: { "0": "first", "1": "second", "2": "tie" }, source: "Auto-J" }
  }
  if (has("response1") && has("response2") && votes.length > 1 && pathText(votes[0]!) === "annotator1") {
    return { ...byName, values: { "1": "first", "2": "second", "0": "tie" }, source: "PandaLM" }
  }
  return byName
}
