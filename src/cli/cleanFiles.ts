import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type * as Batch from "../Batch.ts"
import { treat as decide } from "../cleaners/treat.ts"
import * as Pipeline from "../Pipeline.ts"
import { nextSteps } from "../report/nextSteps.ts"
import { writeTraces } from "../report/writeTraces.ts"
import { Run } from "../Run.ts"
import { dataset } from "../sinks/dataset.ts"
import { inspectFile } from "../sources/inspectFile.ts"
import type { SourceError } from "../sources/SourceError.ts"
import { treat } from "../stages/treat.ts"
import { anonymousVotes } from "./anonymousVotes.ts"
import { checkCleanFolder, checkCleanRequest } from "./checkCleanRequest.ts"
import { cleanColumns, cleanRows } from "./cleanColumns.ts"
import type { Cleaned, CleanRequest } from "./Cleaned.ts"
import { CleanError } from "./CleanError.ts"
import { type CleanedRow, cleanedRows } from "./cleanedRows.ts"
import { cleanTreatments, isRanking } from "./cleanMethods.ts"
import { cleanPairs } from "./cleanPairs.ts"
import { CleanTally } from "./CleanTally.ts"
import { cleanFinding } from "./cleanFinding.ts"
import { cleanVoteTable } from "./cleanVoteTable.ts"
import { pairRows } from "./pairRows.ts"
import { readVotes } from "./readVotes.ts"
import type { Reading } from "./showReading.ts"

/**
 * Cleans votes in files into a data set of one row a pair, in the folder of the run, with all that a run of a pipeline leaves.
 *
 * A pair is written as the first row whose vote is in the recorded order, with all its columns; other rows of the pair, rows without a winner
 * and removed pairs go to the rejects with their content, so that rows read are rows written and rejected. Parts of a data set stay apart: a
 * pair that is in two of them is written in both. After the look at their labels the files are read twice, JSON three times; memory is some 200 bytes a vote, 300 a pair and a
 * chunk of the input, for "text-model" what a `TextSample` holds besides. `reading` is kept up to date. Fails as reading and writing do, and with a
 * `CleanError` where the evidence for the method is missing.
 */
export const cleanFiles = Effect.fnUntraced(function* (request: CleanRequest, reading: Reading) {
  const { labelValues, maxRejectShare, method, named, splits: asked, trusted } = request
  const treatment = cleanTreatments[request.treatment]
  yield* checkCleanRequest(request)
  const found = yield* readVotes(request.files, {
    named,
    ...(asked === undefined ? {} : { splits: asked }),
    ...(maxRejectShare === undefined ? {} : { maxRejectShare }),
    ...(labelValues === undefined ? {} : { labelValues })
  })
  const run = yield* Run
  const { findings, folder, progress, rejects } = run
  yield* checkCleanFolder(found.files, folder)
  if (found.columns.sides === null) {
    const remedy = "name them with --chosen and --rejected"
    return yield* new CleanError({ how: "", found: "no columns with what was compared", wanted: "two", remedy })
  }
  const steps = stepsOf(request, found.columns.said)
  for (const { key } of steps) rejects.declare(key)
  const begin = (what: string) => Object.assign(reading, { what, nRows: 0, totalRows: progress.totalRows })

  begin("Reading the votes")
  const table = yield* cleanVoteTable(found, {
    trusted,
    withTexts: method === "text-model",
    seen: (rowIndex) => void Object.assign(reading, { nRows: rowIndex + 1, totalRows: progress.totalRows })
  })
  const read = progress.stage("votes")
  read.rowsOut = read.rowsIn - read.rejected
  Object.assign(progress.stage("clean"), { rowsIn: read.rowsOut, rowsOut: read.rowsOut })
  begin("Working out which labels are wrong")
  const pairs = yield* cleanPairs(request, table)
  const { columns } = table.votes
  const treated = decide(treatment, {
    flagged: pairs.flagged,
    labelProb: pairs.labelProb.map((p) => (Number.isNaN(p) ? 1 : p))
  })

  begin("Looking at all columns")
  const inspections = yield* Effect.forEach(found.files, (name) => inspectFile(name, { rows: 0 }))
  const own = yield* cleanColumns(inspections, (nRows) => void (reading.nRows += nRows))
  const splits = new Map([...found.splitOf].map(([name, split]) => [name, split?.replaceAll(/\W+/g, "_") ?? null]))
  // A column of that name does not count where the files say their splits, be it that all are of "train".
  const isOverruled = found.columns.split === null && own.columns.some(({ name }) => name === "split")
  const hasSplits = [...splits.values()].some((split) => split !== null && (split !== "train" || isOverruled))
  const made = cleanedRows(own, found.columns, hasSplits)

  begin("Writing the pairs")
  yield* Effect.sync(() => run.own?.begin())
  const tally = new CleanTally(pairs, treated, columns.gap)
  const place = pairRows({ votes: table.votes, pairs, read: found.columns, made, splits, tally, run })
  const batches = Stream.map(cleanRows(inspections), (rows, index): Batch.Batch<CleanedRow> => {
    reading.nRows += rows.rows.length
    return { index, rows: place(rows) }
  })
  const cleaned = Pipeline.make<CleanedRow, SourceError, never>(steps, made.fields, batches).pipe(treat({ treatment }))
  const sink = dataset({ card: { prettyName: `${request.name}, cleaned` } })
  const result = yield* sink.write(cleaned.columns, cleaned.batches)
  const written = result.configs[0]!.splits.map((split) => ({
    name: split.name,
    rows: split.files.reduce((sum, { rows }) => sum + rows, 0)
  }))
  progress.rowsOut = written.reduce((sum, { rows }) => sum + rows, 0)

  const warnings = [
    ...found.warnings(),
    ...anonymousVotes(columns),
    ...(found.columns.hasTexts ? [] : [noTexts]),
    ...(tally.nSpoilt === 0 ? [] : [spoilt(tally.nSpoilt)]),
    ...(pairs.audit?.warnings.map(({ code, message }) => ({ code, message })) ?? [])
  ]
  findings.set("clean", cleanFinding(request, table, pairs, tally, warnings))
  findings.set("pair", tally.finding(method, progress.rowsOut))
  const { manifest } = yield* writeTraces({
    name: request.name,
    seed: 0,
    limit: null,
    folder,
    steps: cleaned.steps,
    columns: cleaned.columns,
    sink,
    provider: null,
    spent: {},
    result
  })
  const reasons = new Map(cleaned.steps.flatMap(({ key }) => [...rejects.counts(key)]))
  const treatments = findings.entries().find(([stage]) => stage === "treat")?.[1]
  const { flipped, removed } = treatments?.kind === "treatments" ? treatments : { flipped: 0, removed: 0 }
  return {
    files: found.files,
    format: found.columns.format,
    columns: found.columns.said,
    method,
    model: pairs.words,
    treatment: request.treatment,
    rowsIn: read.rowsIn,
    rowsOut: progress.rowsOut,
    rejected: [...reasons.values()].reduce((sum, n) => sum + n, 0),
    reasons: [...reasons].toSorted(([, a], [, b]) => b - a),
    votes: columns.item.length,
    pairs: tally.nPairs,
    unknown: tally.nUnknown,
    flagged: tally.nFlagged,
    flipped,
    removed,
    wrong: tally.wrong,
    splits: written,
    renamed: made.renamed,
    asJson: own.asJson,
    unread: own.unread,
    warnings,
    next: [...stepsAfter(request), ...(pairs.audit === null ? [] : nextSteps(manifest))],
    written: [...manifest.files.map((file) => file.path), "README.md", "report.html", "manifest.json"]
  } satisfies Cleaned
})

/** What was done, as the stages of a pipeline: each has its rows in, out and rejected. */
const stepsOf = (
  { amount, files, method, threshold = 0.5, trusted }: CleanRequest,
  said: string
): ReadonlyArray<Pipeline.Step> => {
  const nothing = { needs: {}, gives: {} }
  return [
    {
      key: "votes",
      kind: "source",
      ...nothing,
      config: { files: files.map((file) => path.basename(file)), read: said }
    },
    { key: "clean", kind: "whole", ...nothing, config: { method, trusted, ...(amount ?? { threshold }) } },
    { key: "pair", kind: "reshape", ...nothing, config: {} }
  ]
}

const noTexts = {
  code: "noTexts",
  message:
    "The data have names of what was compared and no texts, so chosen and rejected are names. Join them with the texts before training"
}

const spoilt = (n: number) => ({
  code: "probablyRight",
  message: `${n} pairs were flipped that are more probably right than wrong. Lower --fraction or --budget, or use --threshold 0.5`
})

/** What to do with rows that were cleaned in this way. */
const stepsAfter = ({ method, treatment }: CleanRequest): Cleaned["next"] => {
  const column = treatment === "weight" ? "weight" : treatment === "soft-label" ? "target" : null
  return [
    ...(column === null
      ? []
      : [
          {
            title: `Use column ${column} in the loss`,
            text: "Most trainers read neither weights nor soft labels; there --treatment flip or remove changes the rows themselves."
          }
        ]),
    ...(isRanking(method)
      ? [
          {
            title: "Read some of the rows that were flagged",
            text: "The method ranks: how many of them are wrong is not known, and how many were flagged was your choice."
          }
        ]
      : method === "re-po"
        ? []
        : [
            {
              title: "Audit the same files",
              text: "prefloom audit estimates how many votes are wrong and says who can be trusted."
            }
          ])
  ]
}
