/** What becomes of a training run that meets such rows. */
export type Severity = "stops training" | "silently wrong" | "worth knowing"

/** A row that shows a finding: its id, where the data have one and the check keeps it, and its place. */
export interface Example {
  readonly id: string | null
  /** The file and the row in it, as "train.jsonl:7"; of rows that a pipeline is writing, the split and the row in it. */
  readonly place: string
}

/** One kind of trouble, and the rows that have it. */
export interface PreflightFinding {
  readonly check: string
  readonly severity: Severity
  /** What is the matter, in a sentence. */
  readonly what: string
  /** Rows that have it. */
  readonly rows: number
  /** Of all rows. */
  readonly share: number
  readonly examples: ReadonlyArray<Example>
  readonly remedy: string
}

/** What could not be checked, and why. */
export interface Unchecked {
  readonly check: string
  readonly why: string
}

/** What a look at preference data says of training on them. */
export interface Preflight {
  /** The format the data are in. */
  readonly format: string
  /** The format whose rules were looked at; null where there is none. */
  readonly target: string | null
  /** What lengths were counted with, and whether the chat template of a tokenizer was counted too. */
  readonly encoding: string
  readonly maxLength: number
  readonly rows: number
  /** The worst first, then those with most rows. */
  readonly findings: ReadonlyArray<PreflightFinding>
  readonly worst: Severity | null
  readonly unchecked: ReadonlyArray<Unchecked>
  readonly notes: ReadonlyArray<string>
}

/** All severities, the worst first. */
export const severities: ReadonlyArray<Severity> = ["stops training", "silently wrong", "worth knowing"]
