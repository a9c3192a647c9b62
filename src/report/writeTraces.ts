import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import { canonicalJson } from "../canonicalJson.ts"
import * as Columns from "../Columns.ts"
import type { Spent } from "../Spending.ts"
import type { Manifest, ManifestStage } from "../Manifest.ts"
import * as Pipeline from "../Pipeline.ts"
import { Run } from "../Run.ts"
import type { Provider } from "../services/Provider.ts"
import type { WrittenFile } from "../Sink.ts"
import type { DatasetResult } from "../sinks/dataset.ts"
import { readOwnPackage } from "../OwnPackage.ts"
import { writeText } from "../sinks/writeText.ts"
import { cardLosses } from "./cardLosses.ts"
import { cardPictures } from "./cardPictures.ts"
import { drawPicture } from "./drawPicture.ts"
import { type CardConfig, type CardFacts, type CardPicture, renderCard } from "./renderCard.ts"
import { renderCroissant } from "./renderCroissant.ts"
import { renderReport } from "./renderReport.ts"
import { writeRejects } from "./writeRejects.ts"

/** What is known of a run when its sink is done. */
export interface RunFacts {
  readonly name: string
  readonly seed: number
  readonly limit: number | null
  readonly folder: string
  readonly steps: ReadonlyArray<Pipeline.Step>
  readonly columns: Schema.Struct.Fields
  readonly sink: { readonly name: string; readonly config: unknown }
  readonly provider: Provider | null
  /** What the journal counts for all runs into the folder, by model. */
  readonly spent: Readonly<Record<string, Spent>>
  /** What the sink gave back. */
  readonly result: unknown
}

/**
 * Writes what a run leaves beside its data: `rejects.parquet`, the card of a data set with its pictures and `croissant.json`,
 * `report.html`, and `manifest.json` last.
 *
 * Everything is derived from the plan, the files and the counters of the run, so equal runs leave equal bytes; only what the card
 * says of cost also counts earlier runs into the folder.
 */
export const writeTraces = Effect.fnUntraced(function* (facts: RunFacts) {
  const run = yield* Run
  const rejects = yield* writeRejects
  const data = filesOf(facts.result)
  const written = facts.sink.name === "dataset" ? (facts.result as DatasetResult) : null
  const manifest = manifestOf(facts, run, [...data, ...rejects], written)
  const outName = path.basename(facts.folder)
  if (written !== null) {
    const { card, configs, exported } = written
    const cardFacts: CardFacts = {
      prettyName: facts.name,
      ...card,
      configs: configs.map(cardConfig),
      spend: Object.entries(facts.spent)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([model, spent]) => ({ model, ...spent })),
      pictures: yield* writePictures(manifest, facts.folder),
      lost: exported === null ? [] : cardLosses(exported)
    }
    yield* writeText("README.md", renderCard(manifest, cardFacts))
    yield* writeText("croissant.json", renderCroissant(manifest, cardFacts))
  }
  const report = yield* Effect.promise(() => renderReport(manifest, { files: manifest.files, outName }))
  yield* writeText("report.html", report)
  yield* writeText("manifest.json", `${JSON.stringify(manifest, null, 2)}\n`)
  return { manifest, report: path.join(facts.folder, "report.html") }
})

/** Draws the pictures of the card anew; those of an earlier run go first. */
const writePictures = Effect.fnUntraced(function* (manifest: Manifest, folder: string) {
  const old = path.join(folder, "card")
  yield* Effect.sync(() => {
    if (!fs.existsSync(old)) return
    for (const name of fs.readdirSync(old)) if (pictureName.test(name)) fs.rmSync(path.join(old, name))
  })
  const pictures: Array<CardPicture> = []
  for (const { chart, ...picture } of cardPictures(manifest)) {
    yield* writeText(picture.path, yield* Effect.promise(() => drawPicture(chart)))
    pictures.push(picture)
  }
  return pictures
})

const pictureName = /^(?:reliability|label-probability|margins)-\d+\.svg$/

const cardConfig = ({ name, folder, columns, isLoose, splits }: DatasetResult["configs"][number]): CardConfig => ({
  name,
  default: name === "default",
  features: Columns.fromFields(columns),
  isLoose,
  splits: splits.map((split) => ({
    name: split.name,
    pathGlob: `${folder}/${split.name}-*`,
    rows: split.files.reduce((sum, file) => sum + file.rows, 0),
    bytes: split.files.reduce((sum, file) => sum + file.bytes, 0)
  }))
})

const filesOf = (result: unknown): ReadonlyArray<WrittenFile> => {
  if (Array.isArray(result)) return result as ReadonlyArray<WrittenFile>
  return (result as { readonly files?: ReadonlyArray<WrittenFile> }).files ?? []
}

const notice =
  "Every answer in this run is simulated. No real model was asked; the numbers tell about the simulation and about this pipeline, not about any model."

/** Rows that a trainer's format refused leave at the sink, which counts as a stage then. */
const sinkStage = (
  facts: RunFacts,
  run: Run["Service"],
  written: DatasetResult | null
): ReadonlyArray<ManifestStage> => {
  if (written === null || written.exported === null) return []
  const rejected = rejectedAt(run, "dataset")
  const { rowsOut: rowsIn } = run.progress
  const rowsOut = written.configs[0]!.splits.flatMap(({ files }) => files).reduce((sum, { rows }) => sum + rows, 0)
  return [
    {
      key: Pipeline.nextKey(facts.steps, "dataset"),
      kind: "sink",
      config: facts.sink.config,
      rowsIn,
      rowsOut,
      rejected
    }
  ]
}

const rejectedAt = (run: Run["Service"], key: string): ManifestStage["rejected"] =>
  Object.fromEntries([...run.rejects.counts(key)].toSorted(([a], [b]) => (a < b ? -1 : 1)))

const findingsOf = (run: Run["Service"], written: DatasetResult | null): Manifest["findings"] => [
  ...run.findings.entries().map(([stage, finding]) => ({ stage, finding })),
  ...(written?.exported == null ? [] : [{ stage: "dataset", finding: written.exported }]),
  ...(written?.preflight == null
    ? []
    : [{ stage: "dataset", finding: { kind: "preflight", ...written.preflight } as const }])
]

const manifestOf = (
  facts: RunFacts,
  run: Run["Service"],
  files: ReadonlyArray<WrittenFile>,
  written: DatasetResult | null
): Manifest => {
  const { name, seed, limit, steps, columns, sink, provider } = facts
  const simulated = provider?.simulated ?? false
  const ownPackage = readOwnPackage()
  const definition = canonicalJson({
    steps: steps.map(({ key, kind, config, needs, gives }) => ({
      key,
      kind,
      config,
      needs: Columns.fromFields(needs),
      gives: Columns.fromFields(gives)
    })),
    sink: { name: sink.name, config: sink.config }
  })
  return {
    prefloom: ownPackage.version,
    pipeline: name,
    pipelineHash: crypto.hash("sha256", definition),
    seed,
    limit,
    simulated,
    provider:
      provider === null
        ? null
        : { name: provider.name, endpoint: provider.endpoint, models: [...run.progress.models.keys()].toSorted() },
    notice: simulated ? notice : null,
    stages: [
      ...steps.map(({ key, kind, config }) => {
        const { rowsIn, rowsOut } = run.progress.stage(key)
        return { key, kind, config, rowsIn, rowsOut, rejected: rejectedAt(run, key) }
      }),
      ...sinkStage(facts, run, written)
    ],
    rowsOut: run.progress.rowsOut,
    findings: findingsOf(run, written),
    columns: Columns.toJsonSchema(columns),
    files,
    libraries: ownPackage.dependencies
  }
}
