import type { Candidate } from "../../schemas/Candidate.ts"
import type { Judgment } from "../../schemas/Judgment.ts"
import type { Label } from "../../schemas/Label.ts"
import type { JournalLine } from "../journalLines.ts"

/** A row of a file: values by column name. */
export type DataRow = Readonly<Record<string, unknown>>

/** Whether a row is a pair of pairs: two pairs, of which one is said to be stronger. */
export const isPairOfPairs = (row: DataRow): boolean => "strong" in row && "weak" in row

/** Where a row stands: the file from the folder of the run, and its number there, from 1. */
export interface RowPlace {
  readonly file: string
  readonly number: number
}

/** A row of a data file, the id it has in the pipeline, and the columns that the pipeline had and the file does not hold, long texts cut. */
export interface PlacedRow extends RowPlace {
  readonly id: string
  readonly row: DataRow
  readonly lost: DataRow
  /** Whether the file is in the format of a trainer, in which one record may be several rows. */
  readonly isExported: boolean
}

/** A call that was made, or taken from the journal, for a row or for one it was made from. */
export interface WhyCall {
  readonly stage: string
  readonly key: string
  /** The sides of the row whose text stands in the request or in the answer; empty where the call was about others. */
  readonly about: ReadonlyArray<string>
  /** Null where the journal does not hold the call any more. */
  readonly kept: Omit<JournalLine, "key"> | null
}

/** What calls came to. A sum is null where no call says. */
export interface WhyCost {
  readonly calls: number
  readonly promptTokens: number | null
  readonly completionTokens: number | null
  /** US dollars. */
  readonly costUsd: number | null
  readonly unpriced: number
}

/** A candidate that a row holds, under the name of the column that names it, and those it was derived from. */
export interface WhySide {
  readonly side: string
  /** The text as the row has it; null where the row names the candidate alone. */
  readonly text: string | null
  readonly candidate: Candidate
  readonly parents: ReadonlyArray<Candidate>
}

/** A pair of pairs that a pair was one side of. */
export interface WhyComparison {
  readonly id: string
  /** Where it stands in the data; null where it is known from the provenance alone. */
  readonly place: RowPlace | null
  readonly side: "strong" | "weak"
  /** The id of the other pair. */
  readonly other: string
  readonly labelSource: string
  readonly tie: boolean
  readonly flipped: boolean
}

/** A row of the data with everything that made it. */
export interface WhyPart {
  /** "row", or the side of a pair of pairs. */
  readonly role: string
  readonly id: string
  readonly place: RowPlace
  /** As it is written. */
  readonly row: DataRow
  /** Columns that the row had in the pipeline and the file does not hold, as far as they are known, long texts cut. */
  readonly lost: DataRow
  /** The text that was asked about, of several turns with who speaks, as far as it is known. */
  readonly prompt: string | null
  /** The texts of the row by what they are in it, such as chosen and rejected. */
  readonly texts: Readonly<Record<string, string>>
  /** The changes of grain on the way, the last first: the row of this id was made by this stage of the row `of`. */
  readonly madeBy: ReadonlyArray<{ readonly stage: string; readonly of: string }>
  readonly sides: ReadonlyArray<WhySide>
  /** Opinions about the sides alone. */
  readonly judgments: ReadonlyArray<Judgment>
  /** What the cleaner made of the comparisons of the sides. */
  readonly labels: ReadonlyArray<Label>
  /** Of a pair whose strength was estimated: the comparisons it was part of. */
  readonly comparisons: ReadonlyArray<WhyComparison>
  /** Parts of the rows on the way that were left out, with the reason. */
  readonly rejects: ReadonlyArray<{
    readonly id: string
    readonly stage: string
    readonly reason: string
    readonly detail: string
  }>
  readonly calls: ReadonlyArray<WhyCall>
  /** Calls that are left out because they are about texts of other rows with the same id alone; absent without any. */
  readonly nCallsOfOthers?: number
  /** Of all calls for the rows this one was made of: other rows made of the same share it. */
  readonly cost: WhyCost
  /** Of the calls about the sides. */
  readonly ownCost: WhyCost
}

/** Everything that made a row of a run. */
export interface Why {
  readonly id: string
  /** Where all rows with this id stand; more than one where a record became several rows, or several tables hold it. */
  readonly places: ReadonlyArray<RowPlace>
  readonly run: {
    readonly pipeline: string
    readonly pipelineHash: string
    readonly seed: number
    readonly simulated: boolean
    readonly provider: {
      readonly name: string
      readonly endpoint: string
      readonly models: ReadonlyArray<string>
    } | null
  }
  /** The stages with their options, as in the manifest. */
  readonly stages: ReadonlyArray<{ readonly key: string; readonly config: unknown }>
  /** The row first; of a pair of pairs its two pairs as well. */
  readonly parts: ReadonlyArray<WhyPart>
  /** What could not be told, and why. */
  readonly missing: ReadonlyArray<string>
}
