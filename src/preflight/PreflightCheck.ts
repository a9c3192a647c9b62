import type { Preference, Row } from "../formats/Format.ts"
import type { Messages } from "../formats/Messages.ts"
import type { Example, PreflightFinding, Unchecked } from "../Preflight.ts"

/** What one check says when all rows are in. */
export interface CheckResult {
  readonly findings: ReadonlyArray<PreflightFinding>
  readonly unchecked: ReadonlyArray<Unchecked>
  /** What is worth knowing of data in which nothing is wrong. */
  readonly notes?: ReadonlyArray<string>
}

/** A record as checks see it. */
export interface CheckedRow {
  readonly example: Example
  /** The split it is in; null where the data name none. */
  readonly split: string | null
  readonly record: Preference
  /** As it stands in the file; absent where several rows make a record. */
  readonly raw: Row | undefined
  /** The texts of the context, one after the other. */
  readonly prompt: string
  /** The texts of a pair in its order; null where a record holds no pair with an order. */
  readonly pair: {
    readonly chosen: string
    readonly rejected: string
    readonly messages: { readonly chosen: Messages; readonly rejected: Messages }
    /** Null where the data have no scores of both. */
    readonly scores: { readonly chosen: number; readonly rejected: number } | null
  } | null
}

/** Looks at rows one by one, and says at the end what they show of `nRows`. */
export interface PreflightCheck {
  readonly see: (row: CheckedRow) => void
  /** Takes in a row as it stands in the file that could not be read as a record. */
  readonly seeUnread?: (example: Example, raw: Row) => void
  readonly result: (nRows: number) => CheckResult
}

/** Counts rows and keeps the first few as examples. */
export class Sightings {
  rows = 0
  readonly examples: Array<Example> = []

  see(example: Example): void {
    this.rows++
    if (this.examples.length < nExamples) this.examples.push(example)
  }
}

/** Examples that a finding names at most. */
export const nExamples = 5

/** Makes a finding of what was sighted; none where nothing was. */
export const findingOf = (
  nRows: number,
  { examples, rows }: Pick<Sightings, "examples" | "rows">,
  about: Pick<PreflightFinding, "check" | "severity" | "what" | "remedy">
): ReadonlyArray<PreflightFinding> =>
  rows === 0 ? [] : [{ ...about, rows, share: nRows === 0 ? 0 : rows / nRows, examples }]
