import { readLabel } from "./LabelReading.ts"
import { cutTranscript, historyTurns, isTurnsFlaw, joinTurns, kindOf, readTurns, type Turn } from "./Turns.ts"
import { labelsOf, pathText, valueAt, type ValuePath, type VoteColumns } from "./VoteColumns.ts"
import type { PairIds } from "./PairIds.ts"
import { voteIds, type VoteRow } from "./VoteRow.ts"

/** Why a row gives no vote: a short stable reason, the column, what was found and what was wanted. */
export interface VoteFlaw {
  readonly reason: string
  readonly column: string | null
  readonly found: string
  readonly wanted: string
}

type Row = Readonly<Record<string, unknown>>
type Read = string | VoteFlaw

const isFlaw = (read: string | number | object | null): read is VoteFlaw =>
  typeof read === "object" && read !== null && "wanted" in read

/**
 * Reads the votes of one row and adds them to `into`: one, or one for each label column; the flaw when there are none.
 *
 * Texts have to be there and well formed; a number or boolean is its text; and two conversations have to share what comes before their last turn. A wide row
 * has no vote where a label column is empty; any other label that cannot be read gives a vote without verdict. A row whose list of
 * opinions is empty has one vote, for what it records. `fileSplit` is
 * the split when no column names it; `pairIds` keeps pairs apart that share a given id. One pass over the texts.
 */
export const votesOfRow = (
  columns: VoteColumns,
  row: Row,
  rowIndex: number,
  fileSplit: string | null,
  into: Array<VoteRow>,
  pairIds?: PairIds
): VoteFlaw | undefined => {
  const texts = textsOf(columns, row)
  if ("wanted" in texts) return texts
  const { first, prompt, second } = texts
  const given = columns.pair.length === 0 ? null : namesAt(columns.pair, row)
  if (isFlaw(given)) return given
  if (given === null && first === null) return flaw("no pair", null, "neither texts nor an id", "an id of the pair")
  const pairId = given === null ? null : (pairIds?.idOf(given, prompt, first, second) ?? given)
  const ids = voteIds(prompt, first, second, pairId)
  const who = columns.annotator.length === 0 ? null : namesAt(columns.annotator, row)
  if (isFlaw(who)) return who
  const scoreFirst = scoreAt(columns.scoreFirst, row)
  if (isFlaw(scoreFirst)) return scoreFirst
  const scoreSecond = scoreAt(columns.scoreSecond, row)
  if (isFlaw(scoreSecond)) return scoreSecond
  const family = columns.family === null ? null : plain(valueAt(row, columns.family))
  const named = columns.split === null ? null : valueAt(row, columns.split)
  const rest = {
    rowIndex,
    ...ids,
    prompt,
    first,
    second,
    scoreFirst,
    scoreSecond,
    ...(columns.models === null ? {} : { models: modelsAt(columns.models, row) }),
    split: typeof named === "string" && named !== "" ? named : fileSplit,
    sidesRecorded: columns.sidesRecorded,
    ...(typeof family === "string" && family !== "" ? { family } : {}),
    ...(columns.truth === null || columns.reading === null
      ? {}
      : { truth: readLabel(columns.reading, valueAt(row, columns.truth)) })
  }
  const { labels, opinions, reading } = columns
  if (reading === null) {
    into.push({ ...rest, annotator: who, verdict: "first" })
    return undefined
  }
  const isWide = labels.length > 1
  let nVotes = 0
  for (const { annotator, value } of labelsOf(columns, row)) {
    if (isWide && (value === null || value === undefined || value === "")) continue
    nVotes++
    into.push({ ...rest, annotator: annotator ?? who, verdict: readLabel(reading, value) })
  }
  if (nVotes > 0) return undefined
  const otherwise = opinions?.otherwise ?? null
  if (otherwise === null) return flaw("no vote", null, "no label in any column", "one at least")
  const verdict = otherwise === "chosen" ? "first" : readLabel(reading, valueAt(row, otherwise))
  into.push({ ...rest, annotator: who, verdict })
  return undefined
}

const flaw = (reason: string, path: ValuePath | null, found: string, wanted: string): VoteFlaw => ({
  reason,
  column: path === null ? null : pathText(path),
  found,
  wanted
})

interface Texts {
  readonly prompt: string | null
  readonly first: string | null
  readonly second: string | null
}

const textsOf = (columns: VoteColumns, row: Row): Texts | VoteFlaw => {
  const { hasTexts, prompt: promptPaths, promptFrom, sides } = columns
  const prompt = promptFrom === "columns" ? promptAt(promptPaths, row, hasTexts) : null
  if (isFlaw(prompt)) return prompt
  if (sides === null) return { prompt, first: null, second: null }
  if (!hasTexts) {
    const first = nameAt(sides.first, row)
    if (isFlaw(first)) return first
    const second = nameAt(sides.second, row)
    return isFlaw(second) ? second : { prompt, first, second }
  }
  const one = sideAt(sides.first, row, promptFrom)
  if ("wanted" in one) return one
  const two = sideAt(sides.second, row, promptFrom)
  if ("wanted" in two) return two
  if (promptFrom === "columns" || promptFrom === "nowhere") return { prompt, first: one.text, second: two.text }
  if (one.context !== two.context) {
    return flaw("different prompts", sides.second, "another prompt than on the other side", "the same on both sides")
  }
  return { prompt: one.context, first: one.text, second: two.text }
}

interface Side {
  readonly context: string
  readonly text: string
}

const sideAt = (path: ValuePath, row: Row, promptFrom: VoteColumns["promptFrom"]): Side | VoteFlaw => {
  const value = plain(valueAt(row, path))
  if (typeof value === "string") {
    if (!value.isWellFormed()) return flaw("lone surrogate", path, "a lone surrogate", "well-formed text")
    if (promptFrom !== "transcripts") return { context: "", text: value }
    const cut = cutTranscript(value)
    return cut === undefined
      ? flaw("no assistant turn", path, 'no "Assistant:" marker', "a transcript with an answer")
      : { context: cut.context, text: cut.reply }
  }
  const turns = turnsAt(path, value)
  if ("wanted" in turns) return turns
  if (promptFrom === "user turns") {
    const asked = turns.filter(({ role }) => role === "user")
    return { context: joinTurns(asked), text: joinTurns(turns) }
  }
  // A reply alone starts with the assistant; anything else is a whole conversation.
  const isReply = promptFrom === "columns" && (turns.length === 1 || turns[0]!.role === "assistant")
  const at = isReply ? 0 : turns.findLastIndex(({ role }) => role === "assistant")
  if (at < 0) return flaw("no assistant turn", path, "no turn of the assistant", "a conversation with an answer")
  return { context: joinTurns(turns.slice(0, at)), text: joinTurns(turns.slice(at)) }
}

/** A number or boolean where text is meant is its text: writers of JSON turn the answer "true" into one. */
const plain = (value: unknown): unknown =>
  typeof value === "number" || typeof value === "boolean" || typeof value === "bigint" ? String(value) : value

const turnsAt = (path: ValuePath, value: unknown): ReadonlyArray<Turn> | VoteFlaw => {
  if (typeof value !== "object" || value === null) {
    const isMissing = value === null || value === undefined
    const reason = isMissing ? "no text" : typeof value === "symbol" ? "invalid UTF-8" : "wrong type"
    return flaw(reason, path, kindOf(value), "a text or a conversation")
  }
  const turns = readTurns(value)
  if (isTurnsFlaw(turns)) return flaw(turns.reason, path, turns.found, "a text or a conversation")
  return turns.every(({ text }) => text.isWellFormed())
    ? turns
    : flaw("lone surrogate", path, "a lone surrogate", "well-formed text")
}

/** Joins the parts of a prompt that are there; a single one has to be. */
const promptAt = (paths: ReadonlyArray<ValuePath>, row: Row, hasTexts: boolean): Read => {
  if (!hasTexts) return namesAt(paths, row)
  const parts: Array<string> = []
  for (const path of paths) {
    const value = plain(valueAt(row, path))
    if (value === null || value === undefined || value === "") {
      if (paths.length === 1 && value !== "") return flaw("no prompt", path, kindOf(value), "a prompt")
      continue
    }
    const history = historyTurns(value)
    if (Array.isArray(history) && history.length === 0) continue
    if (typeof history !== "string") {
      const turns = turnsAt(path, history)
      if ("wanted" in turns) return turns
      parts.push(joinTurns(turns))
    } else if (history.isWellFormed()) {
      parts.push(history)
    } else {
      return flaw("lone surrogate", path, "a lone surrogate", "well-formed text")
    }
  }
  return parts.join("\n\n")
}

const namesAt = (paths: ReadonlyArray<ValuePath>, row: Row): Read => {
  if (paths.length === 1) return nameAt(paths[0]!, row)
  const parts: Array<string> = []
  for (const path of paths) {
    const name = nameAt(path, row)
    if (isFlaw(name)) return name
    parts.push(name)
  }
  return parts.join(" / ")
}

/** A name or an id: text, a number or a boolean. */
const nameAt = (path: ValuePath, row: Row): Read => {
  const value = valueAt(row, path)
  switch (typeof value) {
    case "string":
      if (value === "") break
      return value.isWellFormed() ? value : flaw("lone surrogate", path, "a lone surrogate", "well-formed text")
    case "number":
    case "bigint":
    case "boolean":
      return String(value)
    case "symbol":
      return flaw("invalid UTF-8", path, kindOf(value), "a name or a number")
    default:
      if (value !== null && value !== undefined) return flaw("wrong type", path, kindOf(value), "a name or a number")
  }
  return flaw("no name", path, value === "" ? "an empty text" : kindOf(value), "a name or a number")
}

const modelsAt = (
  [first, second]: readonly [ValuePath, ValuePath],
  row: Row
): readonly [string | null, string | null] => [modelAt(first, row), modelAt(second, row)]

const modelAt = (path: ValuePath, row: Row): string | null => {
  const value = plain(valueAt(row, path))
  return typeof value === "string" && value !== "" && value.isWellFormed() ? value : null
}

const scoreAt = (path: ValuePath | null, row: Row): number | null | VoteFlaw => {
  if (path === null) return null
  const value = valueAt(row, path)
  if (value === null || value === undefined || value === "") return null
  const score = typeof value === "string" ? Number(value) : value
  if (typeof score === "number") return Number.isFinite(score) ? score : null
  return flaw("wrong type", path, kindOf(value), "a number")
}
