import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Candidate } from "../../schemas/Candidate.ts"
import type { Judgment } from "../../schemas/Judgment.ts"
import type { Label } from "../../schemas/Label.ts"
import { type JournalFile, openJournalFile, readingJournal } from "../JournalFile.ts"
import type { Manifest } from "../Manifest.ts"
import { type Origins, originsOf } from "../originsOf.ts"
import type { MadeLine } from "../Provenance.ts"
import { anyRows } from "../sources/anyRows.ts"
import { RowFlaw } from "../sources/FoundRows.ts"
import { inspectFile } from "../sources/inspectFile.ts"
import { callsBehind, costOfCalls } from "./callsBehind.ts"
import { ConvertError } from "./ConvertError.ts"
import { findRunRows } from "./findRunRows.ts"
import type { DataRow, RowPlace, Why, WhyPart, WhySide } from "./RowOrigin.ts"

/**
 * Tells what made a row of a finished run: its prompt, the candidates with models, personas and errors, opinions about them, what the
 * cleaner decided, what was left out on the way, and the calls with their cost.
 *
 * Of several rows with this id it is the `nth`, from 1. Joins the data, `manifest.json`, `rejects.parquet`, the provenance and the journal; `journal` is another place of the journal. Fails
 * for a folder without a manifest and for an id that is not there, with ids like it. What cannot be told is in `missing`.
 */
export const whyRow = Effect.fnUntraced(function* (out: string, id: string, journalPlace?: string, nth = 1) {
  const manifest = yield* readManifest(out)
  const found = yield* findRunRows(out, manifest, [id], nth)
  const own = found.rows.get(id)
  if (own === undefined) {
    const rejects = yield* readRejects(out, manifest, new Set([id]))
    return yield* unknownRow(out, id, found.near, rejects)
  }
  const inner = ["strong", "weak"].flatMap((side) => {
    const innerId = (own.row[side] as DataRow | null | undefined)?.["id"]
    return typeof innerId === "string" ? [{ role: side, id: innerId }] : []
  })
  const others =
    inner.length === 0
      ? found
      : yield* findRunRows(
          out,
          manifest,
          inner.map((one) => one.id)
        )
  const missing: Array<string> = []
  const places = found.again.get(id) ?? []
  if (nth > Math.max(1, places.length)) {
    const n = Math.max(1, places.length)
    return yield* cannotTell(
      `row ${nth} of id "${id}"`,
      `1 to ${n}: so many rows have this id`,
      "name one of them with --row"
    )
  }
  if (places.length > 1) {
    const shown = places.slice(0, 5).map(({ file, number }) => `${file}, row ${number}`)
    const more = places.length > shown.length ? ` and ${places.length - shown.length} more` : ""
    missing.push(
      `which calls belong to which of the ${places.length} rows with this id (${shown.join("; ")}${more}): this is row ${nth} of them, --row tells another, and calls are those of all`
    )
  }
  const file = path.join(out, ".prefloom", "provenance.jsonl")
  if (!fs.existsSync(file)) {
    return yield* cannotTell(
      `no "${file}"`,
      "the provenance that a run writes",
      "run the pipeline into this folder again"
    )
  }
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
  const parts: Array<WhyPart> = []
  for (const { id: partId, role } of [{ role: "row", id }, ...inner]) {
    const at = partId === id ? own : others.rows.get(partId)
    if (at === undefined) {
      missing.push(`${role}: no row ${partId} in the data`)
      continue
    }
    const origins = originsOf(file, [partId])
    const rejects = yield* readRejects(out, manifest, origins.rows)
    const part = yield* readingJournal(journal?.file ?? file, () => partOf(role, partId, at, origins, journal, rejects))
    parts.push(part)
    const nLost = part.calls.filter(({ kept }) => kept === null).length
    if (journal !== null && nLost > 0) missing.push(`${nLost} calls of ${partId} are not in the journal any more`)
  }
  const { pipeline, pipelineHash, provider, seed, simulated, stages } = manifest
  return {
    id,
    run: { pipeline, pipelineHash, seed, simulated, provider },
    stages: stages.map(({ config, key }) => ({ key, config })),
    parts,
    missing
  } satisfies Why
})

const cannotTell = (found: string, wanted: string, remedy: string) =>
  new ConvertError({ what: "tell where the row comes from", found, wanted, remedy })

const readManifest = (out: string): Effect.Effect<Manifest, ConvertError> =>
  Effect.try({
    try: () => JSON.parse(fs.readFileSync(path.join(out, "manifest.json"), "utf8")) as Manifest,
    catch: () =>
      cannotTell(
        `no manifest.json that can be read in "${out}"`,
        "the folder of a finished run",
        "name the --out of a run, or run the pipeline to its end"
      )
  })

type RejectRow = WhyPart["rejects"][number]

const readRejects = Effect.fnUntraced(function* (out: string, { files }: Manifest, ids: ReadonlySet<string>) {
  const rejects: Array<RejectRow> = []
  if (!files.some((file) => file.path === "rejects.parquet" && file.rows > 0)) return rejects
  const inspection = yield* inspectFile(path.join(out, "rejects.parquet"), { rows: 0 })
  yield* Stream.runForEach(anyRows([inspection], ["id", "stage", "reason", "detail"]), ({ rows }) =>
    Effect.sync(() => {
      for (const row of rows) {
        if (!(row instanceof RowFlaw) && ids.has(row["id"] as string)) rejects.push(row as unknown as RejectRow)
      }
    })
  )
  return rejects
})

const unknownRow = (out: string, id: string, near: ReadonlyArray<string>, rejects: ReadonlyArray<RejectRow>) => {
  const [left] = rejects
  const found =
    left === undefined
      ? `no row "${id}" in the data of "${out}"`
      : `that "${id}" is not in the data: at stage "${left.stage}" there was "${left.reason}"${left.detail === "" ? "" : ` (${left.detail.slice(0, 200)})`}`
  const remedy =
    near.length === 0
      ? "look up ids with prefloom inspect"
      : `ids like it are ${near.map((one) => `"${one}"`).join(", ")}`
  return cannotTell(found, "the id of a row that was written", remedy)
}

const partOf = (
  role: string,
  id: string,
  { file, number, row }: RowPlace & { readonly row: DataRow },
  { asked, made }: Origins,
  journal: JournalFile | null,
  rejects: ReadonlyArray<RejectRow>
): WhyPart => {
  // The nearest to the data first.
  const groups = [row, ...made.map(({ from }) => from)] as ReadonlyArray<GroupColumns>
  const candidates = new Map(groups.flatMap((one) => (one.candidates ?? []).map((each) => [each.id, each] as const)))
  const judgments = groups.find((one) => (one.judgments ?? []).length > 0)?.judgments ?? []
  const labels = groups.find((one) => (one.labels ?? []).length > 0)?.labels ?? []
  const sides = sidesOf(row, candidates)
  const ids = new Set(sides.map(({ candidate }) => candidate.id))
  const isWithin = (first: string, second: string | null) => ids.has(first) && (second === null || ids.has(second))
  const calls = callsBehind(asked, journal, textsOf(row, sides))
  return {
    role,
    id,
    place: { file, number },
    row,
    madeBy: stepsTo(id, made),
    sides,
    judgments: judgments.filter((one) => isWithin(one.firstId, one.secondId)),
    labels: labels.filter((one) => isWithin(one.betterId, one.worseId)),
    rejects,
    calls,
    cost: costOfCalls(calls),
    ownCost: costOfCalls(calls.filter(({ about }) => about.length > 0))
  }
}

/** The columns of a group, where a row has them: these names have these types in every pipeline, as the schemas say. */
interface GroupColumns {
  readonly candidates?: ReadonlyArray<Candidate>
  readonly judgments?: ReadonlyArray<Judgment>
  readonly labels?: ReadonlyArray<Label>
}

const sidesOf = (row: DataRow, candidates: ReadonlyMap<string, Candidate>): ReadonlyArray<WhySide> => {
  const candidateOf = (id: unknown) => (typeof id === "string" ? candidates.get(id) : undefined)
  const byId = Object.entries(row).flatMap(([column, value]) => {
    const entries: ReadonlyArray<readonly [string, unknown]> = Array.isArray(value)
      ? value.map((one, i) => [`${column} ${i + 1}`, (one as { readonly id?: unknown } | null)?.id])
      : [[column.replace(/Id$/, ""), value]]
    return entries.flatMap(([side, id]) => {
      const candidate = candidateOf(id)
      return candidate === undefined ? [] : [{ side, candidate }]
    })
  })
  // A row that names no candidates may hold their texts all the same.
  const known = new Set(byId.map(({ side }) => side))
  const byText = Object.entries(row).flatMap(([side, value]) => {
    if (typeof value !== "string" || value === "" || side === "prompt" || known.has(side)) return []
    const candidate = [...candidates.values()].find(({ text }) => isText(text, value))
    return candidate === undefined ? [] : [{ side, candidate }]
  })
  return [...byId, ...byText].map((side) => ({ ...side, parents: parentsOf(side.candidate, candidates) }))
}

/** Whether a text of the provenance, which cuts long ones, is this text. */
const isText = (kept: string, text: string): boolean =>
  kept === text || (kept.endsWith("…") && kept.length > 200 && text.startsWith(kept.slice(0, -1)))

const parentsOf = ({ parentId }: Candidate, candidates: ReadonlyMap<string, Candidate>): ReadonlyArray<Candidate> => {
  const parents: Array<Candidate> = []
  for (let next = parentId === null ? undefined : candidates.get(parentId); next !== undefined;) {
    if (parents.includes(next)) break
    parents.push(next)
    next = next.parentId === null ? undefined : candidates.get(next.parentId)
  }
  return parents
}

/** The text of each side: whole where the row has it beside its id, else as far as the provenance keeps it. */
const textsOf = (row: DataRow, sides: ReadonlyArray<WhySide>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    sides.map(({ candidate, side }) => {
      const text = row[side]
      return [side, typeof text === "string" ? text : candidate.text.replace(/…$/, "")]
    })
  )

const stepsTo = (id: string, made: ReadonlyArray<MadeLine>): WhyPart["madeBy"] => {
  const steps: Array<{ readonly stage: string; readonly of: string }> = []
  let at = id
  for (;;) {
    const step = made.find((line) => line.made.includes(at) && !steps.some((one) => one.of === line.of))
    if (step === undefined) return steps
    steps.push({ stage: step.stage, of: step.of })
    if (step.of === id) return steps
    at = step.of
  }
}
