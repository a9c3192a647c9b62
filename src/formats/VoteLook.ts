import {
  countUnread,
  givenLabels,
  inferLabels,
  labelKey,
  type LabelReading,
  listed,
  maxLabelValues,
  mayTellSides,
  readLabel,
  type UnreadableLabels
} from "./LabelReading.ts"
import { isTranscript } from "./Turns.ts"
import { type ColumnProblem, labelsOf, pathText, valueAt, type ValuePath, type VoteColumns } from "./VoteColumns.ts"

/** Rows that show whether texts are transcripts. */
const nTranscripts = 1000

/** The share of them that has to be. */
const minTranscriptShare = 0.95

/**
 * What has to be seen of a file before its votes can be read: the values of the label columns and of the column of truth, over all rows, whether
 * texts without a prompt are transcripts, over the first 1,000 rows, whether the annotator column names anybody at all, and whether a column
 * that is not used may tell which of two is better.
 *
 * A column of annotators without a single name, as it is written of votes of nobody, is taken for none. Memory is a few dozen values.
 */
export class VoteLook {
  readonly #columns: VoteColumns
  readonly #given: LabelReading | null
  readonly #seen = new Map<string, number>()
  readonly #truths = new Map<string, number>()
  readonly #unused: ReadonlyArray<{ readonly path: ValuePath; readonly seen: Map<string, number> }>
  #nRows = 0
  #nTranscripts = 0
  #hasNames = false
  #hasVerdict = false

  /** `labelValues` is the reading that a person gave, if any; then labels are looked at until one has a verdict. */
  constructor(columns: VoteColumns, labelValues: string | undefined) {
    this.#columns = columns
    this.#given = (labelValues === undefined ? undefined : givenLabels(labelValues)) ?? null
    this.#unused = columns.unused.map((path) => ({ path, seen: new Map() }))
  }

  /** The columns that are looked at; none when nothing has to be seen. */
  get names(): ReadonlyArray<string> {
    const { annotator, labels, promptFrom, sides, truth } = this.#columns
    const paths = [
      ...annotator,
      ...labels.map(({ path }) => path),
      ...(truth === null ? [] : [truth]),
      ...this.#unused.map(({ path }) => path),
      ...(promptFrom === "transcripts?" && sides !== null ? [sides.first, sides.second] : [])
    ]
    return [...new Set(paths.map((path) => path[0]!))]
  }

  /** Sees one row; says whether more have to be seen. */
  add(row: Readonly<Record<string, unknown>>): boolean {
    const { annotator, labels, promptFrom, sides, truth } = this.#columns
    this.#nRows++
    this.#hasNames ||= annotator.some((path) => isName(valueAt(row, path)))
    const wantsTexts = promptFrom === "transcripts?" && sides !== null && this.#nRows <= nTranscripts
    if (wantsTexts) {
      const texts = [valueAt(row, sides.first), valueAt(row, sides.second)]
      if (texts.every((text) => typeof text === "string" && isTranscript(text))) this.#nTranscripts++
    }
    const maybe = this.#unused.filter(({ seen }) => seen.size <= maxLabelValues)
    for (const { path, seen } of maybe) count(seen, valueAt(row, path))
    const wantsTruth = truth !== null && this.#truths.size <= maxLabelValues
    if (wantsTruth) count(this.#truths, valueAt(row, truth))
    const wantsLabels = labels.length > 0 && !this.#hasVerdict
    if (wantsLabels) {
      for (const { value } of labelsOf(this.#columns, row)) {
        if (this.#seen.size <= maxLabelValues) count(this.#seen, value)
        if (this.#given !== null) this.#hasVerdict ||= readLabel(this.#given, value) !== null
      }
      // A column with so many values is no label, or one whose meaning a person has to give.
      if (this.#given === null && this.#seen.size > maxLabelValues) return false
    }
    return wantsLabels || wantsTruth || wantsTexts || maybe.length > 0 || (annotator.length > 0 && !this.#hasNames)
  }

  /** The columns with all that was open settled, or the problem that has to be settled by a person. */
  settle(labelValues: string | undefined): VoteColumns | ColumnProblem {
    const { format, labels, promptFrom, said, truth } = this.#columns
    let settled = this.#columns
    if (settled.annotator.length > 0 && this.#nRows > 0 && !this.#hasNames) {
      settled = { ...settled, annotator: [], said: said.replace(/annotators are in ("[^;]*")/, "$1 names nobody") }
    }
    if (promptFrom === "transcripts?") {
      const limit = Math.min(this.#nRows, nTranscripts)
      const areTranscripts = limit > 0 && this.#nTranscripts >= minTranscriptShare * limit
      settled = {
        ...settled,
        promptFrom: areTranscripts ? "transcripts" : "nowhere",
        format: areTranscripts ? "HH-RLHF transcripts" : `${format}, without prompt`,
        said: settled.said.replace(
          "The prompt is part of the texts",
          areTranscripts
            ? "The prompt is what comes before the last Assistant marker"
            : "There is no prompt, and texts are compared whole"
        )
      }
    }
    const telling = this.#unused.filter(({ seen }) => mayTellSides(seen))
    if (telling.length > 0) return unsettled(telling, this.#columns)
    if (labels.length === 0) return settled
    const reading = labelValues === undefined ? this.#inferred() : this.#asGiven(labelValues)
    if (isUnreadable(reading)) {
      const names = [...labels.map(({ path }) => path), ...(truth === null ? [] : [truth])]
        .map((path) => `"${pathText(path)}"`)
        .join(", ")
      return {
        found: `the values ${reading.seen} in ${names}: ${reading.why}`,
        remedy:
          'say how they are read with --label-values first,second,tie, such as "1,2,0" or "A,B,tie", or "<0,>0,0" for strengths'
      }
    }
    const known = truth === null ? "" : this.#knownBy(reading, truth)
    if (typeof known !== "string") return known
    return { ...settled, reading, said: `${settled.said} Labels: ${reading.words}${known}.` }
  }

  #inferred(): LabelReading | UnreadableLabels {
    if (this.#seen.size > maxLabelValues || this.#truths.size > maxLabelValues) {
      return { why: `a label has at most ${maxLabelValues} values`, seen: `more than ${maxLabelValues}` }
    }
    // What is right is written like the labels, and may name a side that no label does.
    const unlabelled = [...this.#truths.keys()].filter((key) => !this.#seen.has(key))
    return inferLabels(new Map([...this.#seen, ...unlabelled.map((key) => [key, 0] as const)]), this.#columns.hints)
  }

  #asGiven(labelValues: string): LabelReading | UnreadableLabels {
    if (this.#given === null) {
      return { why: "two or three different values are needed", seen: JSON.stringify(labelValues) }
    }
    const keys = [...this.#seen.keys()].filter((key) => key !== "")
    return keys.length === 0 || this.#hasVerdict
      ? this.#given
      : { why: `none of them is in --label-values ${labelValues}`, seen: listed(keys) }
  }

  /** What of a column of truth a reading cannot read, or the problem that this is nearly all. */
  #knownBy(reading: LabelReading, truth: ValuePath): string | ColumnProblem {
    const { isTooMany, nAll, nUnread } = countUnread(reading, this.#truths)
    const name = `"${pathText(truth)}"`
    const remedy = "name a column that says what is right in the words of the labels with --truth, or leave it out"
    if (nAll === 0 && this.#nRows > 0) return { found: `no value in ${name}`, remedy }
    const unread = [...this.#truths.keys()].filter((key) => key !== "" && readLabel(reading, key) === null)
    if (isTooMany) {
      const found = `the values ${listed(unread)} in ${name}, ${nUnread} of ${nAll}, which no label reads: ${reading.words}`
      return { found, remedy }
    }
    return nUnread === 0 ? "" : `; in ${name} without verdict: ${listed(unread)} (${nUnread} of ${nAll})`
  }
}

const count = (seen: Map<string, number>, value: unknown): void => {
  const key = labelKey(value)
  seen.set(key, (seen.get(key) ?? 0) + 1)
}

/** A column that may say of texts called chosen and rejected which is better: the row or the label, one of them is not what it seems. */
const unsettled = (
  telling: ReadonlyArray<{ readonly path: ValuePath; readonly seen: ReadonlyMap<string, number> }>,
  { sides }: VoteColumns
): ColumnProblem => {
  const found = telling.map(({ path, seen }) => {
    const values = [...seen.keys()].filter((key) => key !== "").slice(0, 3)
    return `${values.map((key) => JSON.stringify(key)).join(", ")} in "${pathText(path)}"`
  })
  const first = `"${pathText(sides!.first)}"`
  const names = telling.map(({ path }) => pathText(path)).join(",")
  return {
    found: `${found.join(" and ")}, which may say that ${first} is not always the better one`,
    remedy: `name it with --label ${names}, or say --label none where ${first} is the better one in every row`
  }
}

const isUnreadable = (reading: object): reading is UnreadableLabels => "why" in reading

const isName = (value: unknown): boolean => value !== null && value !== undefined && value !== ""
