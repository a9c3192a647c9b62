import { givenLabels, inferLabels, labelKey, maxLabelValues, type UnreadableLabels } from "./LabelReading.ts"
import { isTranscript } from "./Turns.ts"
import { type ColumnProblem, labelsOf, pathText, valueAt, type VoteColumns } from "./VoteColumns.ts"

/** Rows that show whether texts are transcripts. */
const nTranscripts = 1000

/** The share of them that has to be. */
const minTranscriptShare = 0.95

/**
 * What has to be seen of a file before its votes can be read: the set of values of the label columns, over all rows, whether
 * texts without a prompt are transcripts, over the first 1,000 rows, and whether the annotator column names anybody at all.
 *
 * A column of annotators without a single name, as it is written of votes of nobody, is taken for none. Memory is a few dozen values.
 */
export class VoteLook {
  readonly #columns: VoteColumns
  readonly #isGiven: boolean
  readonly #seen = new Map<string, number>()
  #nRows = 0
  #nTranscripts = 0
  #hasNames = false

  /** `labelValues` is the reading that a person gave, if any; then no label is looked at. */
  constructor(columns: VoteColumns, labelValues: string | undefined) {
    this.#columns = columns
    this.#isGiven = labelValues !== undefined
  }

  /** The columns that are looked at; none when nothing has to be seen. */
  get names(): ReadonlyArray<string> {
    const { annotator, labels, promptFrom, sides } = this.#columns
    const paths = [
      ...annotator,
      ...(this.#isGiven ? [] : labels.map(({ path }) => path)),
      ...(promptFrom === "transcripts?" && sides !== null ? [sides.first, sides.second] : [])
    ]
    return [...new Set(paths.map((path) => path[0]!))]
  }

  /** Sees one row; says whether more have to be seen. */
  add(row: Readonly<Record<string, unknown>>): boolean {
    const { annotator, labels, promptFrom, sides } = this.#columns
    this.#nRows++
    this.#hasNames ||= annotator.some((path) => isName(valueAt(row, path)))
    const wantsTexts = promptFrom === "transcripts?" && sides !== null && this.#nRows <= nTranscripts
    if (wantsTexts) {
      const texts = [valueAt(row, sides.first), valueAt(row, sides.second)]
      if (texts.every((text) => typeof text === "string" && isTranscript(text))) this.#nTranscripts++
    }
    const wantsLabels = !this.#isGiven && labels.length > 0
    if (wantsLabels) {
      for (const { value } of labelsOf(this.#columns, row)) {
        const key = labelKey(value)
        this.#seen.set(key, (this.#seen.get(key) ?? 0) + 1)
      }
      // A column with so many values is no label, or one whose meaning a person has to give.
      return this.#seen.size <= maxLabelValues
    }
    return wantsTexts || (annotator.length > 0 && !this.#hasNames)
  }

  /** The columns with all that was open settled, or the problem that has to be settled by a person. */
  settle(labelValues: string | undefined): VoteColumns | ColumnProblem {
    const { format, labels, promptFrom, said } = this.#columns
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
    if (labels.length === 0) return settled
    const reading =
      labelValues === undefined
        ? this.#seen.size > maxLabelValues
          ? { why: `a label has at most ${maxLabelValues} values`, seen: `more than ${maxLabelValues}` }
          : inferLabels(this.#seen, settled.hints)
        : (givenLabels(labelValues) ?? {
            why: "two or three different values are needed",
            seen: JSON.stringify(labelValues)
          })
    if (isUnreadable(reading)) {
      const names = labels.map(({ path }) => `"${pathText(path)}"`).join(", ")
      return {
        found: `the values ${reading.seen} in ${names}: ${reading.why}`,
        remedy:
          'say how they are read with --label-values first,second,tie, such as "1,2,0" or "A,B,tie", or "<0,>0,0" for strengths'
      }
    }
    return { ...settled, reading, said: `${settled.said} Labels: ${reading.words}.` }
  }
}

const isUnreadable = (reading: object): reading is UnreadableLabels => "why" in reading

const isName = (value: unknown): boolean => value !== null && value !== undefined && value !== ""
