import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import { type JournalFile, openJournalFile, readingJournal } from "../JournalFile.ts"
import type { Manifest } from "../Manifest.ts"
import { isSideOf, type Origins, originsOf } from "../originsOf.ts"
import { isText } from "../Provenance.ts"
import { inspectFile } from "../sources/inspectFile.ts"
import type { Inspection } from "../sources/Inspection.ts"
import { exportedAs } from "./DataFile.ts"
import { findComparisons } from "./findComparisons.ts"
import { findRow } from "./findRow.ts"
import { findRunRows } from "./findRunRows.ts"
import { lineageOf } from "./lineageOf.ts"
import { readRejects } from "./readRejects.ts"
import type { DataRow, PlacedRow, Why, WhyPart } from "./RowOrigin.ts"
import { type RowTexts, rowTexts } from "./rowTexts.ts"
import { runManifest } from "./runManifest.ts"
import { stepsTo } from "./stepsTo.ts"
import { cannotTell, withHidden } from "./WhyError.ts"
import { whyPart } from "./whyPart.ts"

/**
 * Tells what made a row of a finished run: its prompt, the candidates with models, personas and errors, opinions about them, what the
 * cleaner decided, what was left out on the way, and the calls with their cost.
 *
 * `asked` is an id, or a place as `findPlace` understands it. Of several rows with an id, or of a file or split, it is the `nth`, from 1. Joins the
 * data, what is kept of them, `manifest.json`, `rejects.parquet`, the provenance and the journal; `journal` is another place of the
 * journal. Fails for a folder without the manifest of a run and for a row that is not there, with ids like it. What cannot be told is in `missing`.
 */
export const whyRow = Effect.fnUntraced(function* (out: string, asked: string, journalPlace?: string, nth = 1) {
  const manifest = yield* runManifest(out)
  const { others, own, places, ...found } = yield* findRow(out, manifest, asked, nth)
  const missing = [...found.missing]
  const file = path.join(out, ".prefloom", "provenance.jsonl")
  if (!fs.existsSync(file)) return yield* cannotTell(`no "${file}"`, "the provenance that a run writes", withHidden)
  const journal = yield* openJournalFile(journalPlace ?? out, "read").pipe(
    Effect.catchTag("JournalFileError", (problem) =>
      journalPlace === undefined
        ? Effect.sync(() => {
            missing.push(`requests, answers and cost: ${problem.message}, or name the journal with --journal`)
            return null
          })
        : Effect.fail(problem)
    )
  )
  const known = { out, manifest, file, journal, round: roundOf(manifest, own) }
  const inner = yield* innerPairs(known, own)
  const parts: Array<WhyPart> = []
  for (const one of [{ role: "row", placed: own, others, before: Number.POSITIVE_INFINITY }, ...inner]) {
    const told = yield* partOf(known, one, one.role === "row" ? inner : [])
    parts.push(told.part)
    missing.push(...told.missing)
  }
  const { pipeline, pipelineHash, provider, seed, simulated, stages } = manifest
  return {
    id: own.id,
    places,
    run: { pipeline, pipelineHash, seed, simulated, provider },
    stages: stages.map(({ config, key }) => ({ key, config })),
    parts,
    missing
  } satisfies Why
})

/** What is read for every part. */
interface Sources {
  readonly out: string
  readonly manifest: Manifest
  /** The provenance. */
  readonly file: string
  readonly journal: JournalFile | null
  /** Of the row that is asked for; null where the run made no rounds, or its rows do not say it. */
  readonly round: number | null
}

/** A row to be told, and the line of the provenance before which its makers stand. */
interface Part {
  readonly role: string
  readonly placed: PlacedRow
  readonly others: ReadonlyArray<PlacedRow>
  readonly before: number
  /** Set where the row stands inside another one. */
  readonly texts?: RowTexts
}

/** The two pairs of a pair of pairs: as they stand in the data, or else as the pair of pairs holds them. */
const innerPairs = Effect.fnUntraced(function* ({ file, manifest, out }: Sources, own: PlacedRow) {
  const pairs = ["strong", "weak"].flatMap((role) => {
    const row = own.row[role] as DataRow | null | undefined
    return typeof row?.["id"] === "string" ? [{ role, id: row["id"], row }] : []
  })
  if (pairs.length === 0) return []
  const found = yield* findRunRows(
    out,
    manifest,
    pairs.map(({ id }) => id)
  )
  const steps = stepsTo(own.id, originsOf(file, [own.id]).made)
  const drawn = steps.find(({ from }) => pairs.every(({ id }) => !isSideOf(from, id)))
  const before = drawn?.at ?? Number.POSITIVE_INFINITY
  return pairs.map(({ id, role, row }): Part => {
    // A row with a strength came of comparisons such as this one.
    const written = found.rows.get(id)?.find((one) => one.row["chosen"] === row["chosen"] && !("strength" in one.row))
    if (written !== undefined) return { role, placed: written, others: [], before }
    const replies = { chosen: String(row["chosen"]), rejected: String(row["rejected"]) }
    const texts = { prompt: String(row["prompt"]), replies }
    return { role, placed: { ...own, id, row, lost: {} }, others: [], before, texts }
  })
})

const partOf = Effect.fnUntraced(function* (
  { file, journal, manifest, out, round }: Sources,
  { before, others, placed, role, texts }: Part,
  inner: ReadonlyArray<Part>
) {
  const { id } = placed
  const bounded = [{ placed, before }, ...inner]
  const ids = bounded.map((one) => one.placed.id)
  const lines = new Map(bounded.map((one) => [one.placed.id, one.before]))
  const first = originsOf(file, ids, { lines })
  const isCompared = first.made.some(({ from, made }) => made.includes(id) && isSideOf(from, id))
  const comparisons = isCompared ? yield* findComparisons(out, manifest, id, first.made) : []
  const asides = comparisons.map((one) => one.id)
  const all = isCompared ? originsOf(file, ids, { lines, asides }) : first
  // A row comes again in other branches and other rounds, with calls and fates of its own there.
  const rows = new Map([...asides.map((one) => [one, Number.POSITIVE_INFINITY] as const), ...lines])
  const isUntold = round === null && hasRounds(manifest)
  const way = isUntold ? null : lineageOf({ out, stages: manifest.stages, round, rows, made: all.made })
  const isOwn = (stage: string, row: string): boolean => way === null || way.has(stage, row)
  const origins = {
    ...all,
    made: way?.made ?? all.made,
    asked: all.asked.filter((line) => isOwn(line.stage, line.row))
  }
  const left = yield* readRejects(out, manifest, (one) => origins.rows.has(one))
  const rejects = left.filter((one) => isOwn(one.stage, one.id))
  const looked = new Map<string, Inspection>()
  const textsOf = Effect.fnUntraced(function* ({ file: data, row }: PlacedRow) {
    const inspection = looked.get(data) ?? (yield* inspectFile(path.join(out, data), { rows: 0 }))
    looked.set(data, inspection)
    return rowTexts(row, inspection, exportedAs(manifest, data))
  })
  const known = {
    role,
    placed: { ...placed, lost: { ...comparedAs(placed, origins), ...placed.lost } },
    texts: texts ?? (yield* textsOf(placed)),
    origins,
    rejects,
    comparisons,
    others: yield* Effect.forEach(others, (one) => Effect.map(textsOf(one), (own) => ({ placed: one, texts: own })))
  }
  const told = yield* readingJournal(journal?.file ?? file, () => whyPart(known, journal))
  const nLost = told.part.calls.filter(({ kept }) => kept === null).length
  const nCompared = placed.row["nCompared"]
  return {
    part: told.part,
    missing: [
      ...told.missing,
      ...(way?.missing ?? []),
      ...(origins.made.length === 0 && origins.asked.length === 0 ? unnoted(out, manifest, placed, round) : []),
      ...(journal !== null && nLost > 0 ? [`${nLost} calls of ${id} are not in the journal any more`] : []),
      ...(isCompared && typeof nCompared === "number" && nCompared > comparisons.length
        ? [`${nCompared - comparisons.length} of the ${nCompared} comparisons of ${id}: they are not in the data`]
        : [])
    ]
  }
})

/** The columns that a pair had when it was compared, where its row has its texts alone. */
const comparedAs = ({ id, row }: PlacedRow, { used }: Origins): DataRow => {
  const { chosen, chosenId, rejected } = row
  if (typeof chosen !== "string" || typeof rejected !== "string" || chosenId !== undefined) return {}
  const found = used.find(({ from, of }) => {
    const pair = from as DataRow
    return of === id && isText(String(pair["chosen"]), chosen) && isText(String(pair["rejected"]), rejected)
  })
  return Object.fromEntries(Object.entries(found?.from ?? {}).filter(([name]) => !(name in row)))
}

/** The number of the round that made a row; null where no round did, or nothing says which. */
const roundOf = (manifest: Manifest, { lost, row }: PlacedRow): number | null => {
  const round = row["round"] ?? lost["round"]
  return hasRounds(manifest) && round !== undefined && round !== null ? Number(round) : null
}

const hasRounds = ({ stages }: Manifest): boolean => stages.some(({ key }) => key === "rounds")

/** Why the provenance may know nothing of a row, where that is not as it should be. */
const unnoted = (
  out: string,
  manifest: Manifest,
  { isExported, row }: PlacedRow,
  round: number | null
): ReadonlyArray<string> => {
  if (hasRounds(manifest)) {
    const noted = path.join(out, "rounds", String(round), "provenance.jsonl")
    return round !== null && fs.existsSync(noted)
      ? []
      : ["what made this row, if it is of a round that an earlier version made: that was not noted"]
  }
  return typeof row["id"] === "string" || isExported
    ? []
    : ["what made this row, which has no id by which to follow it back; put identify(…) behind the source"]
}
