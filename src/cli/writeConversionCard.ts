import * as crypto from "node:crypto"
import * as Effect from "effect/Effect"
import { canonicalJson } from "../canonicalJson.ts"
import * as Columns from "../Columns.ts"
import type { ColumnFates } from "../formats/columnFates.ts"
import type { Format, Writer } from "../formats/Format.ts"
import type { Conversion, Manifest } from "../Manifest.ts"
import { readOwnPackage } from "../OwnPackage.ts"
import { columnMeaning } from "../report/columnMeaning.ts"
import { partMeaning } from "../report/partMeaning.ts"
import { type CardFacts, renderCard } from "../report/renderCard.ts"
import { renderCroissant } from "../report/renderCroissant.ts"
import type { WrittenFile } from "../Sink.ts"
import { writeText } from "../sinks/writeText.ts"
import type { SourceFacts } from "./sourceFacts.ts"

/** What is known of a conversion when its data are written. */
export interface ConversionFacts {
  readonly format: Format
  readonly writer: Writer
  /** As they are in the files. */
  readonly columns: ReadonlyArray<Columns.Column>
  readonly fates: ColumnFates
  readonly conversion: Conversion
  readonly source: SourceFacts
  /** What names the data where no card does, such as the folder that was converted. */
  readonly sourceName: string
  /** What somebody asked for besides files and format. */
  readonly options: unknown
  readonly rowsIn: number
  /** Rows left out where they were read, and where they were to be written, by reason. */
  readonly unread: ReadonlyMap<string, number>
  readonly unwritten: ReadonlyMap<string, number>
  readonly splits: ReadonlyArray<{ readonly name: string; readonly file: WrittenFile }>
  /** All files beside the card: the data first. */
  readonly files: ReadonlyArray<WrittenFile>
}

/** Writes the card of a conversion, `README.md`, its `croissant.json`, and `manifest.json` last, and gives back their paths. Equal facts give equal bytes. */
export const writeConversionCard = Effect.fnUntraced(function* (facts: ConversionFacts) {
  const { columns, fates, format, source, splits, writer } = facts
  const manifest = manifestOf(facts)
  const cardFacts: CardFacts = {
    prettyName: manifest.pipeline,
    ...(source.licence === undefined ? {} : { licence: source.licence }),
    ...(source.language === undefined ? {} : { language: source.language }),
    configs: [
      {
        name: "default",
        default: true,
        features: columns,
        isLoose: format.onlyJsonLines === true,
        meanings: meaningsOf(writer, facts.conversion.from),
        splits: splits.map(({ file, name }) => ({ name, pathGlob: file.path, rows: file.rows, bytes: file.bytes }))
      }
    ],
    lost: [
      ...fates.lost.map((name) => `Column ${name}`),
      ...writer.notes.map((note) => `Of the format ${format.name}: ${note}`)
    ]
  }
  const written = [
    yield* writeText("README.md", renderCard(manifest, cardFacts)),
    yield* writeText("croissant.json", renderCroissant(manifest, cardFacts)),
    yield* writeText("manifest.json", `${JSON.stringify(manifest, null, 2)}\n`)
  ]
  return written.map((file) => file.path)
})

/** The parts of a record by what they are; any other column as Prefloom made it, or by its name in the source. */
const meaningsOf = ({ extra, parts }: Writer, from: string): ReadonlyMap<string, string> => {
  const known = (name: string) => (from === "prefloom" || from === "prefloom-ranked" ? columnMeaning(name) : "")
  const byColumn = Map.groupBy(parts, ({ column }) => column)
  return new Map([
    ...extra.map(({ from: name, to }) => [to, known(name) || `column ${JSON.stringify(name)} of the source`] as const),
    ...[...byColumn].map(
      ([column, of]) => [column, [...new Set(of.map(({ part }) => partMeaning(part)))].join("; ")] as const
    )
  ])
}

const manifestOf = (facts: ConversionFacts): Manifest => {
  const { columns, conversion, fates, files, format, options, rowsIn, source, splits, unread, unwritten, writer } =
    facts
  const ownPackage = readOwnPackage()
  const schema = Columns.toJsonSchema(Columns.toFields(columns))
  const nUnread = [...unread.values()].reduce((sum, n) => sum + n, 0)
  const rowsOut = splits.reduce((sum, { file }) => sum + file.rows, 0)
  const stages = [
    {
      key: unread.size === 0 ? "read" : "votes",
      kind: "source",
      config: options,
      rowsIn,
      rowsOut: rowsIn - nUnread,
      rejected: byName(unread)
    },
    {
      key: "convert",
      kind: "sink",
      config: { to: format.name },
      rowsIn: rowsIn - nUnread,
      rowsOut,
      rejected: byName(unwritten)
    }
  ]
  const definition = canonicalJson({
    stages: stages.map(({ config, key }) => ({ key, config })),
    from: conversion.said,
    columns
  })
  return {
    prefloom: ownPackage.version,
    pipeline: `${source.prettyName ?? facts.sourceName}, as ${format.name}`,
    pipelineHash: crypto.hash("sha256", definition),
    seed: 0,
    limit: null,
    simulated: source.simulated,
    provider: null,
    notice: source.notice,
    stages,
    rowsOut,
    findings: [{ stage: "convert", finding: { kind: "export", format: format.name, ...fates, notes: writer.notes } }],
    columns: schema,
    files,
    libraries: ownPackage.dependencies,
    conversion
  }
}

const byName = (counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> =>
  Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)))
