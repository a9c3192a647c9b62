import * as Effect from "effect/Effect"
import type * as Columns from "../Columns.ts"
import * as Figure from "../Figure.ts"
import { isRefusal, type Look, type Reader, type Refusal, type Row } from "../formats/Format.ts"
import { formats } from "../formats/formats.ts"
import { prefloom } from "../formats/prefloom.ts"
import { trlPreference } from "../formats/trlPreference.ts"
import { RecordJoiner } from "../formats/RecordJoiner.ts"
import { WiringError } from "../Pipeline.ts"
import { type Preflight, type PreflightFinding, severities } from "../Preflight.ts"
import { tokenizerProblem } from "../preflight/Tokenizer.ts"
import type { Encoding } from "../preflight/Encoding.ts"
import { findingOf } from "../preflight/PreflightCheck.ts"
import type { RecordSeen, RecordsPreflight } from "../preflight/preflightRecords.ts"
import { lookOf, type RecordReader, recordReader } from "./recordReader.ts"
import { preflightRefused, type SinkError, type Target } from "./SinkError.ts"

/** How the rows of a data set will be trained on: the options of `prefloom preflight`. */
export interface PreflightOptions {
  /** The format that is trained on. Default: the one that is written, or else the one the columns are in, and trl-preference for Prefloom's own pairs. */
  readonly for?: string
  /**
   * What lengths are counted with: the name of an encoding, or the path of a model's own tokenizer, a folder with `tokenizer.json` and its chat
   * template. Default `o200k_base`.
   */
  readonly tokenizer?: Encoding | (string & {})
  /** Tokens of prompt and reply together that training keeps. Default 1,024, as in TRL. */
  readonly maxLength?: number
  /**
   * Findings of this severity, or a worse one, fail the run before a file appears; what was answered stays in the journal. Default: none
   * does, and they are said.
   */
  readonly failOn?: "stops training" | "silently wrong"
}

/** What is known of the rows before the first. */
interface Given {
  readonly columns: ReadonlyArray<Columns.Column>
  /** The format that the rows were made in; absent where they are the pipeline's own. */
  readonly written: string | undefined
  readonly withSplits: boolean
  /** Whether they are written as JSON. */
  readonly isJson: boolean
}

interface Seen {
  readonly row: Row
  readonly place: string
  readonly split: string
}

interface Looking {
  readonly reader: Reader
  readonly preflight: RecordsPreflight
  readonly joiner: RecordJoiner<RecordSeen>
}

type Start = (found: RecordReader, other: Refusal | undefined) => RecordsPreflight

/** Rows that show what columns hold, as many as the command looks at. */
const nShown = 100

/**
 * Looks through the rows of a data set while they are written, with the checks of `prefloom preflight`.
 *
 * Rows count from 1 within their split. Memory is a hundred rows and some 100 bytes a row, with several splits 600 a different prompt, of
 * at most 500,000.
 */
export class RowPreflight {
  readonly #options: PreflightOptions
  readonly #given: Given
  readonly #start: Start
  /** Set when enough rows were seen to tell how they are read; null where they cannot be. */
  #looking: Looking | null | undefined
  #waiting: Array<Seen> = []
  /** The split of the last row that was read. */
  #split: string | undefined
  readonly #counts = new Map<string, number>()

  private constructor(options: PreflightOptions, given: Given, start: Start) {
    this.#options = options
    this.#given = given
    this.#start = start
  }

  /** Loads the checks and the tokenizer. */
  static readonly load = (options: PreflightOptions, given: Given): Effect.Effect<RowPreflight, SinkError> =>
    Effect.gen(function* () {
      const { preflightRecords } = yield* Effect.promise(() => import("../preflight/preflightRecords.ts"))
      const { loadTokenizer } = yield* Effect.promise(() => import("../preflight/Tokenizer.ts"))
      const { encoding, maxLength } = withDefaults(options)
      const tokenizer = yield* loadTokenizer(encoding).pipe(
        Effect.mapError(({ found, wanted }) => preflightRefused({ sink: "dataset", path: "data" }, found, wanted))
      )
      return new RowPreflight(options, given, ({ format, reader: { holding } }, other) =>
        preflightRecords({
          format,
          holding,
          ...(options.for === undefined ? {} : { target: options.for }),
          tokenizer,
          maxLength,
          withSplits: given.withSplits,
          isJson: given.isJson,
          hasCard: true,
          dataFile: null,
          ...(other === undefined ? {} : { other })
        })
      )
    })

  /** Takes a row in, as it is written. */
  see(row: Row, split: string): void {
    const number = (this.#counts.get(split) ?? 0) + 1
    this.#counts.set(split, number)
    this.#waiting.push({ row, place: `${split}:${number}`, split })
    if (this.#looking !== undefined || this.#waiting.length >= nShown) this.#look()
  }

  /** What all rows show. Cost: the comparison of all prompts where there are several splits. */
  result(): Preflight {
    this.#look(true)
    const nRows = [...this.#counts.values()].reduce((sum, n) => sum + n, 0)
    return this.#looking?.preflight.result(nRows, new Map()) ?? this.#unreadable(nRows)
  }

  /** Reads the rows that wait; a record of several rows is complete with the next one, or at the end. */
  #look(isEnd = false): void {
    if (this.#looking === undefined) this.#looking = this.#begin(this.#waiting.map(({ row }) => row))
    if (this.#looking !== null) {
      const { joiner, preflight, reader } = this.#looking
      const complete: Array<RecordSeen> = []
      for (const { place, row, split } of this.#waiting) {
        if (split !== this.#split) joiner.end(complete)
        this.#split = split
        joiner.add({ record: reader.read(row), raw: row, place, split }, complete)
      }
      if (isEnd) joiner.end(complete)
      for (const seen of complete) preflight.see(seen)
    }
    this.#waiting = []
  }

  #begin(sample: ReadonlyArray<Row>): Looking | null {
    const { columns, written } = this.#given
    const { for: named } = this.#options
    const readerOf = (look: Look) => trainedReader(look, named ?? written, named !== undefined)
    const shown = readerOf(lookOf(columns, sample))
    const found = typeof shown === "string" ? readerOf(lookOf(columns)) : shown
    if (typeof found === "string") return null
    const target = formats.find(({ name }) => name === this.#options.for)
    const refused = found.format === target?.name ? undefined : target?.reader(lookOf(columns, sample))
    const other = refused !== undefined && isRefusal(refused) ? refused : undefined
    const joiner = new RecordJoiner<RecordSeen>(found.reader, (first, record) => ({ ...first, record, raw: undefined }))
    return { reader: found.reader, preflight: this.#start(found, other), joiner }
  }

  #unreadable(rows: number): Preflight {
    const format = this.#given.written ?? "none"
    const findings = findingOf(
      rows,
      { rows, examples: [] },
      {
        check: "notReadBack",
        severity: "worth knowing",
        what: `rows of ${format} are not read back while they are written, so that nothing was looked at`,
        remedy: "look at the files with prefloom preflight"
      }
    )
    return {
      ...withDefaults(this.#options),
      format,
      target: this.#options.for ?? null,
      rows,
      findings,
      worst: findings[0]?.severity ?? null,
      unchecked: [],
      notes: []
    }
  }

  /** Fails where the rows show something that the options do not let through. */
  verdict(result: Preflight, target: Target): Effect.Effect<void, SinkError> {
    const { failOn } = this.#options
    if (failOn === undefined) return Effect.void
    const mildest = severities.indexOf(failOn)
    const grave = result.findings.filter(({ severity }) => severities.indexOf(severity) <= mildest)
    if (grave.length === 0) return Effect.void
    const found = `${Figure.counted(grave.length, "finding")} of the preflight (${grave.map(said).join("; ")})`
    const wanted = `none that ${failOn === "stops training" ? "stops training" : "stops training or makes it silently wrong"}`
    return Effect.fail(preflightRefused(target, found, wanted))
  }
}

/** The reader of rows; of Prefloom's own pairs, which are read by no trainer under this name, as what TRL takes them for unless the format is named. */
const trainedReader = (look: Look, wanted: string | undefined, isNamed: boolean): RecordReader | string => {
  const found = recordReader(look, wanted)
  return typeof found === "string" || isNamed || found.format !== prefloom.name
    ? found
    : recordReader(look, trlPreference.name)
}

const said = ({ examples, remedy, rows, severity, what }: PreflightFinding): string => {
  const [example] = examples
  const such = example === undefined ? "" : `, such as ${example.id ?? example.place}`
  return `${severity}: ${what}, in ${Figure.counted(rows, "row")}${such}; remedy: ${remedy}`
}

const refuse = (found: string, wanted: string): never => {
  throw new WiringError(`Cannot look at a data set before training: found ${found}, expected ${wanted}`)
}

const withDefaults = ({ maxLength = 1024, tokenizer = "o200k_base" }: PreflightOptions) => ({
  encoding: tokenizer,
  maxLength
})

/** Throws a `WiringError`, while the plan is built, for options that cannot be followed on such columns. */
export const checkPreflight = (
  options: PreflightOptions,
  columns: ReadonlyArray<Columns.Column>,
  written: string | undefined
): void => {
  const { for: target } = options
  const { encoding, maxLength } = withDefaults(options)
  const names = formats.map(({ name }) => name)
  if (target !== undefined && !names.includes(target)) {
    refuse(`format ${JSON.stringify(target)}`, `one of ${names.join(", ")}`)
  }
  const problem = tokenizerProblem(encoding)
  if (problem !== undefined) refuse(problem.found, problem.wanted)
  if (!Number.isInteger(maxLength) || maxLength < 1) refuse(`maxLength ${maxLength}`, "a whole number, 1 or more")
  if (written !== undefined) return
  const found = recordReader(lookOf(columns), target)
  if (typeof found === "string") {
    refuse(found, "those of preference data, such as prompt, chosen and rejected; leave out preflight")
  }
}
