import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Batch } from "../Batch.ts"
import * as Columns from "../Columns.ts"
import type { ExportFinding } from "../Findings.ts"
import { formats } from "../formats/formats.ts"
import * as Pipeline from "../Pipeline.ts"
import type { Preflight } from "../Preflight.ts"
import type { Run } from "../Run.ts"
import type { Sink, WrittenFile } from "../Sink.ts"
import { withVerdict } from "../services/withVerdict.ts"
import type * as Stage from "../Stage.ts"
import { arrowFormat } from "./arrow.ts"
import { jsonlFormat } from "./jsonl.ts"
import { MainRows } from "./MainRows.ts"
import { parquetFormat } from "./parquet.ts"
import { plainText } from "./plainText.ts"
import { RowExport } from "./RowExport.ts"
import { checkPreflight, type PreflightOptions, RowPreflight } from "./RowPreflight.ts"
import type { CheckedRow, RowFormat } from "./RowWriter.ts"
import { type Table, type WrittenSplit, writeShards } from "./Shards.ts"
import type { SinkError } from "./SinkError.ts"
import { writeText } from "./writeText.ts"

/** Tables made from the main one: a stage each, under the name of the folder it is written to. */
export type Derivations = Readonly<Record<string, Stage.Stage<never, unknown, boolean, unknown, unknown>>>

/** What only its author can say of a data set. It goes into the card; nothing is made up for what is left out. */
export interface DatasetFacts {
  /** The title. Default: the name of the pipeline. */
  readonly prettyName?: string
  /** The hub's identifier of a licence, such as `apache-2.0`, or a licence of your own. Default: none is stated. */
  readonly licence?: string | { readonly name: string; readonly link: string }
  /** Codes of ISO 639, such as `en`. Default: none is stated. */
  readonly language?: ReadonlyArray<string>
}

/** The format and size of the files, and the tables made from the main one. */
export interface DatasetOptions<D extends Derivations> {
  /** Default `parquet`, or what readers of the format `to` expect. */
  readonly format?: "parquet" | "arrow" | "jsonl" | "jsonl.zst"
  /**
   * The format of a trainer that the main table is written in, by its name in `prefloom convert`, such as `"llamafactory-sharegpt"`. What it
   * cannot hold is said before the first row, and in the card, and is kept of each row beside the provenance, for `prefloom why`; rows that
   * it cannot hold become rejects. Default: the rows as they are.
   */
  readonly to?: string
  /** Bytes of rows, before compression, after which a new file begins. Default 500 MB. */
  readonly shardBytes?: number
  /** Tables made from the rows of the main one, when that is complete. Default none. */
  readonly derive?: D
  /**
   * Looks through the rows of the main table for what would waste a training run, while they are written; `true` takes all defaults. What is
   * found goes to the summary, the report and the card. Default: nothing is looked for.
   */
  readonly preflight?: true | PreflightOptions
  /** For the card alone: the files do not depend on it. */
  readonly card?: DatasetFacts
}

/** One table of a data set: what the hub calls a configuration. `default` is the main one, in the folder `data`. */
export interface DatasetConfig {
  readonly name: string
  readonly folder: string
  readonly columns: Schema.Struct.Fields
  /** Whether its rows are lines of free JSON, of which the columns do not say all. */
  readonly isLoose: boolean
  readonly splits: ReadonlyArray<WrittenSplit>
}

/** The files written, and the tables they make up. */
export interface DatasetResult {
  readonly files: ReadonlyArray<WrittenFile>
  readonly configs: ReadonlyArray<DatasetConfig>
  readonly card: DatasetFacts
  /** What became of the columns, where the main table was written in a trainer's format; else null. */
  readonly exported: ExportFinding | null
  /** What the rows of the main table show of training on them, where they were looked at; else null. */
  readonly preflight: Preflight | null
}

/** What all derivations find in a row of the main table. */
type NeedsOf<D> = {
  [K in keyof D]: D[K] extends Stage.Stage<infer N, infer _G, infer _K, infer _E, infer _R> ? (row: N) => void : never
}[keyof D] extends (row: infer Row) => void
  ? Row
  : never

type ErrorOf<D> = {
  [K in keyof D]: D[K] extends Stage.Stage<infer _N, infer _G, infer _K, infer E, infer _R> ? E : never
}[keyof D]

type ServicesOf<D> = {
  [K in keyof D]: D[K] extends Stage.Stage<infer _N, infer _G, infer _K, infer _E, infer R> ? R : never
}[keyof D]

/**
 * Writes a folder that the hub takes as it is: `data/<split>-00000-of-00002.parquet` and one folder for each derived table.
 *
 * The split of a row is its `split` column, "train" where that is null or absent. Files appear, and those of an earlier run go,
 * when all tables are complete; a run that ends early changes nothing but temporary files, which the next one removes.
 * Derived tables are made when the main one is complete, from its rows split by split; they may have splits of their own.
 * The same rows give the same bytes. Memory: one open file of each split; derivations put the rows on disk once more, and so does a format
 * that wants a margin in all rows or in none.
 */
export const dataset = <D extends Derivations = {}>(
  options: DatasetOptions<D> = {}
): Sink<NeedsOf<D>, DatasetResult, SinkError | ErrorOf<D>, Run | ServicesOf<D>> => {
  const { card = {}, shardBytes = 500_000_000, to } = options
  const trainers = formats.find(({ name }) => name === to)
  const format = options.format ?? (trainers?.extension === ".jsonl" ? "jsonl" : "parquet")
  const rowFormat = trainers?.onlyJsonLines === true ? plainText("free") : rowFormats[format]
  const preflight = options.preflight === true ? {} : options.preflight
  const derivations = Object.entries<Derivations[string]>(options.derive ?? {})
  const tableOf = (folder: string): Table => ({ folder, format: rowFormats[format], shardBytes })
  const exportOf = (fields: Schema.Struct.Fields, lacksMargins?: boolean): RowExport | undefined =>
    to === undefined ? undefined : new RowExport(to, Columns.fromFields(fields), rowFormat.strictest, lacksMargins)
  const derive = (stage: Derivations[string], main: Pipeline.Pipeline<unknown>) =>
    // That the rows are what the stage needs is said by the type of the sink, and looked at by `check`.
    stage(main as Pipeline.Pipeline<never>) as Pipeline.Pipeline<unknown, ErrorOf<D>, Run | ServicesOf<D>>
  const check = (fields: Schema.Struct.Fields) => {
    checkFacts(card)
    if (trainers?.onlyJsonLines === true && format !== "jsonl") {
      throw new Pipeline.WiringError(
        `Cannot write a data set as "${to}": found format "${format}", expected "jsonl", which is all its readers take`
      )
    }
    const exported = exportOf(fields)
    checkColumns(fields, exported === undefined ? rowFormat : null)
    if (preflight !== undefined) checkPreflight(preflight, exported?.columns ?? Columns.fromFields(fields), to)
    for (const [name, stage] of derivations) {
      if (!folderName.test(name) || name.toLowerCase() === "data") {
        throw new Pipeline.WiringError(
          `Cannot derive table "${name}": found a name that is no folder of its own, expected letters, digits, "_", "-" or ".", and not "data"`
        )
      }
      checkColumns(derive(stage, mainTable(fields, Stream.empty)).columns, rowFormats[format])
    }
  }
  return {
    name: "dataset",
    config: {
      format,
      shardBytes,
      ...(to === undefined ? {} : { to }),
      ...(preflight === undefined ? {} : { preflight }),
      derive: derivations.map(([name, stage]) => ({ name, stage: stage.name, config: stage.config }))
    },
    check,
    notices: (fields) => exportOf(fields)?.notices ?? [],
    steps: (fields) =>
      derivations.flatMap(([name, stage]) =>
        derive(stage, mainTable(fields, Stream.empty))
          .steps.slice(1)
          .map((step) => ({ ...step, key: `${name}/${step.key}` }))
      ),
    write: (fields, batches) =>
      Effect.gen(function* () {
        check(fields)
        const asPlanned = exportOf(fields)
        const seen = asPlanned?.wantsMargins === true ? yield* seenRows(fields, batches, asPlanned) : null
        const exported = seen === null ? asPlanned : exportOf(fields, asPlanned!.lacksMargins)
        const columns = exported?.columns ?? Columns.fromFields(fields)
        const rows = derivations.length === 0 ? undefined : yield* MainRows.scoped(Object.keys(fields))
        const given = { columns, written: to, withSplits: "split" in fields, isJson: format.startsWith("jsonl") }
        const looking = preflight === undefined ? undefined : yield* RowPreflight.load(preflight, given)
        let found: Preflight | null = null
        const publishMain = yield* writeShards(
          {
            ...tableOf("data"),
            format: rowFormat,
            exported,
            seen: looking === undefined ? undefined : (row, split) => looking.see(row, split),
            beforeFiles: Effect.suspend(() => {
              found = looking?.result() ?? null
              return found === null ? Effect.void : looking!.verdict(found, { sink: "dataset", path: "data" })
            })
          },
          fields,
          seen?.batches ?? batches,
          rows
        )
        const derived: Array<Pick<DatasetConfig, "name" | "columns"> & { readonly publish: typeof publishMain }> = []
        for (const [name, stage] of derivations) {
          const made = derive(stage, mainTable(fields, rows!.batches))
          // The verdict is on calls of the stage, whose errors are among its own.
          const judged = withVerdict(made.batches) as typeof made.batches
          const publish = yield* writeShards(tableOf(name), made.columns, judged)
          derived.push({ name, columns: made.columns, publish })
        }
        const splits = yield* publishMain
        const written = exported === undefined ? fields : Columns.toFields(columns)
        const isLoose = trainers?.onlyJsonLines === true
        const configs: Array<DatasetConfig> = [{ name: "default", folder: "data", columns: written, isLoose, splits }]
        for (const { publish, ...table } of derived) {
          configs.push({ ...table, folder: table.name, isLoose: false, splits: yield* publish })
        }
        const companion = exported?.companion(splits.flatMap(({ files }) => files.map((file) => file.path))) ?? null
        const beside = companion === null ? [] : [yield* writeText(`data/${companion.name}`, companion.text)]
        return {
          files: [...configs.flatMap((config) => config.splits.flatMap((split) => split.files)), ...beside],
          configs,
          card,
          exported: exported?.finding ?? null,
          preflight: found
        }
      }).pipe(Effect.scoped)
  }
}

/** Puts all rows on disk, and shows each to an export. */
const seenRows = <E, R>(
  fields: Schema.Struct.Fields,
  batches: Stream.Stream<Batch<unknown>, E, R>,
  exported: RowExport
): Effect.Effect<MainRows, E, R | Run | Scope.Scope> =>
  Effect.gen(function* () {
    const all = yield* MainRows.scoped(Object.keys(fields))
    yield* Stream.runForEach(batches, ({ rows }) =>
      Effect.sync(() => {
        for (const row of rows) {
          exported.rowsOf(row as CheckedRow)
          all.add(row as CheckedRow, "all")
        }
      })
    )
    return all
  })

const folderName = /^\w[\w.-]*$/

const languageCode = /^(?:[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*|code|multilingual)$/
const licenceName = /^[a-z0-9][a-z0-9.+-]*$/

/** Looks at what the hub would refuse after everything is made and paid. */
const checkFacts = ({ language = [], licence }: DatasetFacts): void => {
  const name = typeof licence === "object" ? licence.name : licence
  if (name !== undefined && !licenceName.test(name)) {
    throw new Pipeline.WiringError(
      `Cannot write a data set card: found licence ${JSON.stringify(name)}, expected small letters, digits, ".", "+" and "-", such as "apache-2.0"; give a licence the hub does not know as { name, link }`
    )
  }
  const wrong = language.find((code) => !languageCode.test(code))
  if (wrong !== undefined) {
    throw new Pipeline.WiringError(
      `Cannot write a data set card: found language ${JSON.stringify(wrong)}, expected a code of ISO 639 such as "en"`
    )
  }
}

const rowFormats = {
  parquet: parquetFormat(),
  arrow: arrowFormat,
  jsonl: jsonlFormat(".jsonl"),
  "jsonl.zst": jsonlFormat(".jsonl.zst")
}

const mainTable = (fields: Schema.Struct.Fields, batches: Stream.Stream<Batch<unknown>>): Pipeline.Pipeline<unknown> =>
  Pipeline.make([{ key: "dataset", kind: "table", needs: {}, gives: fields, config: {} }], fields, batches)

const checkColumns = (fields: Schema.Struct.Fields, format: RowFormat | null): void => {
  const columns = Columns.fromFields(fields)
  format?.strictest(columns)
  const split = columns.find((column) => column.name === "split")
  if (split !== undefined && split.type.kind !== "string") {
    throw new Columns.ColumnTypeError(
      `Cannot split a data set: column "split" is ${Columns.wanted(split.type)}, expected string or null`
    )
  }
}
