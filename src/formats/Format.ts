import type * as Schema from "effect/Schema"
import type { Preference as PreferenceFields } from "../../schemas/Preference.ts"
import type { Column } from "../Columns.ts"
import type { SeenColumn } from "./VoteColumns.ts"

/** A row of a file: values by column name. */
export type Row = Readonly<Record<string, unknown>>

/** A canonical record, with the columns that its format does not know beside it. */
export type Preference = Schema.Struct.Type<typeof PreferenceFields> & {
  readonly extra: Row
  /** Set where a pair was cut of a list: the name of the rule, and whether others had the same claim to the place of this pair. */
  readonly cut?: { readonly rule: string; readonly sharedPlace: boolean }
}

/** What a record is: see `schemas/Preference.ts`. */
export type Kind = Preference["kind"]

/** What a record may hold beside its texts; a format that cannot hold a part of it loses it. */
export type Field = "id" | "tools" | "models" | "candidateIds" | "scores" | "margin" | "votes" | "refLogProbs"

/** The part of a record that a column stands for. */
export type Part = Field | "prompt" | "chosen" | "rejected" | "candidates" | "label" | "annotators"

/** A column and what it is taken for. */
export interface PartColumn {
  readonly part: Part
  readonly column: string
}

/** Why a row cannot be read, or a record not be written: a short stable reason, the place, what was found and what was wanted. */
export class FormatFlaw {
  readonly reason: string
  readonly column: string | null
  readonly found: string
  readonly wanted: string
  constructor(reason: string, column: string | null, found: string, wanted: string) {
    this.reason = reason
    this.column = column
    this.found = found
    this.wanted = wanted
  }
}

/** What a file shows of itself before all of it is read: its columns and its first rows. */
export interface Look {
  readonly columns: ReadonlyArray<SeenColumn>
  readonly sample: ReadonlyArray<Row>
  /** Set where every value is text, as in CSV, so that numbers are told by how they are written. */
  readonly isCells?: true
  /** What messages use, where all rows were looked at for it; else the first rows show it. */
  readonly uses?: MessageUses
  /**
   * Gives what stands for a value beside the texts that its column does not hold; `type` is null where the column is one of a field, or there
   * is none of this name. Without it such values stay as they are, and those of fields are flaws.
   */
  readonly misfit?: (column: string, value: unknown, type: Column["type"] | null) => unknown
}

/** Whether messages use tools, and whether they name who speaks. */
export interface MessageUses {
  readonly tools: boolean
  readonly names: boolean
}

/** What the records of a file hold, known from its columns before the first is read. */
export interface Holding {
  readonly kind: Kind
  readonly style: Preference["style"]
  /** Whether messages may hold tool calls, names of tools and no content. */
  readonly hasToolCalls: boolean
  /** Set where messages may hold the name of who speaks. */
  readonly hasNames?: true
  readonly parts: ReadonlyArray<PartColumn>
  /** The columns that the format does not know. Those whose values have different types are in `unkept`. */
  readonly extra: ReadonlyArray<Column>
  readonly unkept: ReadonlyArray<string>
  /** Keys of messages and other structs that are not kept and came behind the first rows; grows while rows are read. */
  readonly lateKeys?: ReadonlySet<string>
  /** Columns of `extra` whose lists have one value for each reply, in the order of the replies. */
  readonly perReply?: ReadonlyArray<string>
  /** Set where pairs are cut from lists: what stands in `extra` beside a list is of no single pair of it. */
  readonly isCut?: true
  /** Set where some records were seen to have no margin, and nothing that makes one. */
  readonly lacksMargins?: true
}

/** Reads the rows of one file. */
export interface Reader {
  readonly holding: Holding
  readonly read: (row: Row) => Preference | FormatFlaw
  /**
   * Set where one record stands in several consecutive rows: makes one of the record before and the next, or null where they are two.
   * See `RecordJoiner`.
   */
  readonly joins?: (last: Preference, next: Preference) => Preference | null
  /** How many things in rows were left out, by what; grows while rows are read. */
  readonly remarks?: ReadonlyMap<string, number>
}

/** Writes the records of one holding as rows with these columns. */
export interface Writer {
  readonly columns: ReadonlyArray<Column>
  readonly parts: ReadonlyArray<PartColumn>
  /** Columns of `holding.extra` under the names they are written by. */
  readonly extra: ReadonlyArray<{ readonly from: string; readonly to: string }>
  /** What of messages has no place, in words; absent where all of them has. */
  readonly without?: ReadonlyArray<string>
  /** What is worth knowing of this export: traps that it avoids or cannot. */
  readonly notes: ReadonlyArray<string>
  /** How many rows were repaired or are doubtful, by what; grows while rows are written. */
  readonly remarks?: ReadonlyMap<string, number>
  /**
   * Set where a margin has to be in all rows or in none: says whether a record without one came, which is refused. What was written is then to be
   * written again, by the writer of a holding that says it `lacksMargins`, which takes all and writes none.
   */
  readonly lacksMargins?: () => boolean
  /** Adds the rows of a record to `into`. */
  readonly write: (record: Preference, into: Array<Row>) => FormatFlaw | undefined
}

/** Why records cannot be written in a format at all. */
export interface Refusal {
  readonly found: string
  readonly wanted: string
}

/** A file that belongs to the data: its name beside them and its text, given the text that is there already. */
export interface Companion {
  readonly name: string
  readonly text: (existing: string | null) => string | Refusal
}

/** One way in which trainers and published data sets hold preference data. */
export interface Format {
  /** The name on the command line. */
  readonly name: string
  /** What it is, in one line. */
  readonly about: string
  /** The kinds of record that it reads. */
  readonly reads: ReadonlyArray<Kind>
  /** The ending of files that its readers expect, or take as well as others. */
  readonly extension: ".parquet" | ".jsonl"
  /** Set where only plain JSON Lines are read; such rows may hold JSON that no column type describes. */
  readonly onlyJsonLines?: true
  /** Another format that reads the same columns in the same way and is taken when both are recognised. */
  readonly readAs?: string
  /** How many columns say that a file is of this format, and which, in words; null when it is not. */
  readonly recognise: (look: Look) => Recognition | null
  /** Says what is missing in a file that shows what only this format has and is not recognised; null for any other file. */
  readonly nearly?: (look: Look) => Refusal | null
  /** Fails for a file whose columns are not those of the format. */
  readonly reader: (look: Look) => Reader | Refusal
  readonly writer: (holding: Holding) => Writer | Refusal
  /** The companion file, given the name of the data file and what is written into it. */
  readonly companion?: (file: string, writer: Writer) => Companion
}

/** What made a format fit. */
export interface Recognition {
  readonly nColumns: number
  readonly why: string
}

/** Says whether making a reader or a writer was refused. */
export const isRefusal = (made: object | string): made is Refusal => typeof made === "object" && "wanted" in made
