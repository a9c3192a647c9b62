import * as path from "node:path"
import * as Effect from "effect/Effect"
import type { Manifest } from "../Manifest.ts"
import { keptRowsPath } from "../sinks/KeptRows.ts"
import type { SourceError } from "../sources/SourceError.ts"
import { cannotTell, runAgain, withHidden } from "./WhyError.ts"
import { exportedAs, openDataFile, rowsAt } from "./DataFile.ts"
import { findPlace } from "./findPlace.ts"
import { type FoundRunRows, findRunRows } from "./findRunRows.ts"
import { hashFile } from "./hashFile.ts"
import { placeAsked } from "./placeAsked.ts"
import { placeIn, type PlaceProblem } from "./placeIn.ts"
import { readRejects } from "./readRejects.ts"
import type { PlacedRow, RowPlace } from "./RowOrigin.ts"

/** The row that is asked for, where all rows with its id stand, some of them, and what cannot be told. */
export interface FoundRow {
  readonly own: PlacedRow
  readonly places: ReadonlyArray<RowPlace>
  readonly others: ReadonlyArray<PlacedRow>
  readonly missing: ReadonlyArray<string>
}

/**
 * Finds the row of a run that is asked for: by a file and a row in it, by its id, or by a split and a row in it, whatever it is first.
 *
 * Of several rows with an id, or of a file or split named without a row, it is the `nth`, from 1. Fails where there is none, with what is like
 * it, for a row of the rejects with the reason, and where rows hold no ids and what the run kept of them is not there or no longer fits.
 */
export const findRow = Effect.fnUntraced(function* (out: string, manifest: Manifest, asked: string, nth: number) {
  const file = yield* findPlace(out, manifest, asked, "file", nth)
  if (file !== null) return yield* rowAtPlace(out, manifest, file)
  yield* checkIsWritten(out, manifest, asked, nth)
  const found = yield* findRunRows(out, manifest, [asked], nth)
  const places = found.places.get(asked)
  if (places !== undefined) return yield* rowOfId(out, manifest, found, { asked, nth, places })
  const split = yield* findPlace(out, manifest, asked, "split", nth)
  if (split !== null) return yield* rowAtPlace(out, manifest, split)
  return yield* unknownRow(out, manifest, asked, found)
})

/** Fails where a row of the rejects is asked for, with what became of it. */
const checkIsWritten = Effect.fnUntraced(function* (out: string, manifest: Manifest, asked: string, nth: number) {
  const file = "rejects.parquet"
  const { name, row } = placeAsked(asked, nth)
  if (name !== file && path.resolve(name) !== path.resolve(out, file)) return
  const rejects = manifest.files.filter((one) => one.path === file)
  const place = placeIn(rejects, file, row)
  if ("wanted" in place) return yield* cannotTell(place.found, place.wanted, place.remedy)
  const [left] = yield* readRejects(out, manifest, (_id, at) => at === row)
  if (left === undefined) return yield* unreadable(place)
  const found = `row ${row} of "${file}", which was left out: of "${left.id}" ${fateOf(left)}`
  return yield* cannotTell(found, "a row that was written", "name one of the data, such as train:17")
})

const fateOf = ({
  detail,
  reason,
  stage
}: {
  readonly stage: string
  readonly reason: string
  readonly detail: string
}) => `at stage "${stage}" there was "${reason}"${detail === "" ? "" : ` (${detail.slice(0, 200)})`}`

const rowAtPlace = Effect.fnUntraced(function* (out: string, manifest: Manifest, place: RowPlace | PlaceProblem) {
  if ("wanted" in place) return yield* cannotTell(place.found, place.wanted, place.remedy)
  const data = yield* openDataFile(out, manifest, place.file)
  const [own] = yield* rowsAt(data, new Set([place.number]))
  if (own === undefined) return yield* unreadable(place)
  if (data.ids === null) {
    if (data.isExported) return yield* cannotTell(`no "${keptFile(out, place.file)}"`, keptThere, withHidden)
    return { own, places: [place], others: [], missing: [] } satisfies FoundRow
  }
  if (data.ids === data.kept && (yield* isChanged(out, manifest, place.file))) {
    return yield* cannotTell(
      `"${place.file}" changed since the run wrote it`,
      "its rows in their places, since they hold no ids",
      runAgain
    )
  }
  const { places, rows } = yield* findRunRows(out, manifest, [own.id])
  const others = (rows.get(own.id) ?? []).filter((row) => !isAt(row, own))
  return { own, places: places.get(own.id) ?? [place], others, missing: [] } satisfies FoundRow
})

const rowOfId = Effect.fnUntraced(function* (
  out: string,
  manifest: Manifest,
  { rows }: FoundRunRows,
  { asked, nth, places }: { readonly asked: string; readonly nth: number; readonly places: ReadonlyArray<RowPlace> }
) {
  const place = places[nth - 1]
  if (place === undefined) {
    const wanted = `1 to ${places.length}: so many rows have this id`
    return yield* cannotTell(`row ${nth} of id "${asked}"`, wanted, "name one of them with --row")
  }
  const all = rows.get(asked) ?? []
  const own = all.find((row) => isAt(row, place))
  if (own === undefined) return yield* unreadable(place)
  const isDoubtful = own.row["id"] !== asked && (yield* isChanged(out, manifest, own.file))
  const missing = isDoubtful ? [`whether this is the row: "${own.file}" changed since the run wrote it`] : []
  return { own, places, others: all.filter((row) => row !== own), missing } satisfies FoundRow
})

const isAt = (row: RowPlace, { file, number }: RowPlace): boolean => row.file === file && row.number === number

const isChanged = (out: string, { files }: Manifest, file: string): Effect.Effect<boolean, SourceError> =>
  Effect.map(
    hashFile(path.join(out, file)),
    ({ sha256 }) => sha256 !== files.find(({ path: one }) => one === file)?.sha256
  )

const keptFile = (out: string, file: string): string => path.join(out, keptRowsPath(file))
const keptThere = "the ids of rows in a format that holds none, which a run keeps there"

const unreadable = ({ file, number }: RowPlace) =>
  cannotTell(`row ${number} of "${file}", which cannot be read`, "the file as the run wrote it", runAgain)

const unknownRow = Effect.fnUntraced(function* (
  out: string,
  manifest: Manifest,
  asked: string,
  { near, unnamed }: FoundRunRows
) {
  const [left] = yield* readRejects(out, manifest, (id) => id === asked)
  if (left !== undefined) {
    const found = `that "${asked}" is not in the data: ${fateOf(left)}`
    return yield* cannotTell(found, "the id of a row that was written", lookUp(near))
  }
  const found = `no row "${asked}" in the data of "${out}"`
  const lost = unnamed.find((file) => exportedAs(manifest, file) !== null)
  if (lost === undefined) return yield* cannotTell(found, "the id of a row, or a place such as train:17", lookUp(near))
  return yield* cannotTell(`${found}, whose rows hold no ids, and no "${keptFile(out, lost)}"`, keptThere, withHidden)
})

const lookUp = (near: ReadonlyArray<string>): string =>
  near.length === 0
    ? "look up ids with prefloom inspect"
    : `ids like it are ${near.map((one) => `"${one}"`).join(", ")}`
