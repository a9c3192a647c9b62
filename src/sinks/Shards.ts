import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Batch } from "../Batch.ts"
import * as Columns from "../Columns.ts"
import { ensureFolder } from "../ensureFolder.ts"
import { FormatFlaw } from "../formats/Format.ts"
import type { Reject } from "../Rejects.ts"
import { Run } from "../Run.ts"
import type { WrittenFile } from "../Sink.ts"
import { KeptRows, removeOtherKeptRows } from "./KeptRows.ts"
import type { MainRows } from "./MainRows.ts"
import { RowCheck } from "./RowCheck.ts"
import type { RowExport } from "./RowExport.ts"
import type { CheckedRow, RowFormat, RowWriter } from "./RowWriter.ts"
import { badRow, cannotWrite, replacesForeign, replacesInput, type SinkError, type Target } from "./SinkError.ts"
import { removeAbandoned, resolveInside, syncFolder, WholeFile } from "./WholeFile.ts"

/** The files of one split, in row order. */
export interface WrittenSplit {
  readonly name: string
  readonly files: ReadonlyArray<WrittenFile>
}

/** Where and how a table is written. */
export interface Table {
  /** The folder, relative to the run folder. */
  readonly folder: string
  readonly format: RowFormat
  readonly shardBytes: number
  /** Makes the rows of the files, where they are not those of the pipeline. */
  readonly exported?: RowExport | undefined
  /** Gets every row as it is written. */
  readonly seen?: ((row: CheckedRow, split: string) => void) | undefined
  /** Runs when all rows are written and before the first file appears; fails where none may. */
  readonly beforeFiles?: Effect.Effect<void, SinkError> | undefined
}

interface Shard {
  readonly file: WholeFile
  /** What the file does not hold of its rows; null where it holds all, or where nobody wants to know. */
  readonly kept: KeptRows | null
  readonly nRows: number
}

interface OpenShard extends Shard {
  readonly writer: RowWriter
  readonly scope: Scope.Closeable
  nRows: number
}

interface Split {
  readonly name: string
  readonly finished: Array<Shard>
  open: OpenShard | undefined
}

const splitName = /^\w+(\.\w+)*$/
const finalName = /^\w+(\.\w+)*-\d{5,}-of-\d{5,}(\.parquet|\.arrow|\.jsonl|\.jsonl\.zst)$/
const unnumberedName = /^\w+(\.\w+)*-\d{5,}(\.parquet|\.arrow|\.jsonl|\.jsonl\.zst)$/

/**
 * Writes rows as numbered files of a folder, `<split>-00000-of-00002.parquet` and so on, in the order the rows come, and gives the effect that
 * publishes them.
 *
 * The split of a row is its `split` column, "train" where that is null or absent; two that differ in capitals alone are refused. Files are
 * complete and synced under temporary names until they are published: then they are renamed, and those of an earlier run that are left over are
 * removed, or nothing is where this run has read one, or somebody else left one there. What is not published is removed with the scope. Splits are
 * listed in the order of their first row. What files in a trainer's format cannot hold of the rows is kept beside the provenance (`KeptRows`).
 * Memory: what one open file of each split takes.
 */
export const writeShards = Effect.fnUntraced(function* <E0, R0>(
  table: Table,
  fields: Schema.Struct.Fields,
  batches: Stream.Stream<Batch<unknown>, E0, R0>,
  /** Gets every row, when given. */
  rows?: MainRows
): Effect.fn.Return<Effect.Effect<ReadonlyArray<WrittenSplit>, SinkError>, SinkError | E0, Run | R0 | Scope.Scope> {
  const target = { sink: "dataset", path: table.folder }
  const { folder: root, inputs, own, provenance, rejects } = yield* Run
  const folder = yield* resolveInside(target, root)
  yield* attempt(target, () => {
    ensureFolder(folder)
    removeAbandoned(folder, (name) => unnumberedName.test(name))
  })
  const { exported } = table
  const given = Columns.fromFields(fields)
  const columns = exported?.columns ?? given
  const check = new RowCheck(exported === undefined ? table.format.strictest(given) : given)
  const withheld = provenance === null ? null : (exported?.withheld ?? null)
  const hasSplit = given.some((column) => column.name === "split")
  const splits = new Map<string, Split>()
  let nRows = 0

  const take = Effect.fnUntraced(function* (batch: Batch<unknown>) {
    for (const row of batch.rows) {
      const refused = check.next(row, target)
      if (refused !== undefined) return yield* refused
      const checked = row as CheckedRow
      const name = hasSplit ? ((checked["split"] ?? "train") as string) : "train"
      if (!splits.has(name)) {
        if (!splitName.test(name)) return yield* badSplit(target, nRows, name, wantedName)
        const twin = [...splits.keys()].find((one) => one.toLowerCase() === name.toLowerCase())
        if (twin !== undefined) return yield* badSplit(target, nRows, name, otherThan(twin))
      }
      nRows++
      rows?.add(checked, name)
      const made = exported === undefined ? [checked] : exported.rowsOf(checked)
      if (made instanceof FormatFlaw) {
        rejects.add(rejectOf(checked, nRows - 1, made))
        continue
      }
      let split = splits.get(name)
      if (split === undefined) splits.set(name, (split = { name, finished: [], open: undefined }))
      for (const one of made) {
        const shard = (split.open ??= yield* openShard(table, columns, split, withheld))
        shard.nRows++
        table.seen?.(one, name)
        if (shard.writer.add(one)) yield* shard.writer.flush
        if (shard.kept?.add(checked) === true) yield* shard.kept.flush
        if (shard.writer.rawBytes() >= table.shardBytes) yield* finishShard(split)
      }
    }
    return undefined
  })
  yield* Stream.runForEach(batches, take)

  if (splits.size === 0) {
    const empty: Split = { name: "train", finished: [], open: undefined }
    empty.open = yield* openShard(table, columns, empty, null)
    splits.set("train", empty)
  }
  for (const split of splits.values()) yield* finishShard(split)
  yield* attempt(target, () => {
    const names = fs.readdirSync(folder).filter((name) => finalName.test(name))
    const earlier = names.map((name) => path.join(folder, name))
    const read = earlier.find((file) => inputs.has(file))
    if (read !== undefined) throw replacesInput(target, read)
    const foreign = earlier.find((file) => own?.mayReplace(file) === false)
    if (foreign !== undefined) throw replacesForeign(target, foreign)
  })
  yield* table.beforeFiles ?? Effect.void
  return attempt(target, () => publish(root, table, [...splits.values()], own))
})

/** A row that the format cannot hold, under the stage that the sink counts as. */
const rejectOf = (row: CheckedRow, index: number, { column, found, reason, wanted }: FormatFlaw): Reject => {
  const at = column === null ? "" : `, column "${column}"`
  const id = typeof row["id"] === "string" ? row["id"] : String(index)
  return { id, stage: "dataset", reason, detail: `Cannot write row ${index}${at}: found ${found}, expected ${wanted}` }
}

const badSplit = (target: Target, row: number, name: string, wanted: string): SinkError =>
  badRow(target, row, "split", `the string ${JSON.stringify(name)}`, wanted)

/** The files of one split would replace those of the other. */
const otherThan = (twin: string): string =>
  `"${twin}" as in rows before, or another name: the two are one where capital letters do not count, as on macOS and Windows`

const wantedName = 'a name of letters, digits, "_" and single dots'

const attempt = <A>(target: Target, action: () => A): Effect.Effect<A, SinkError> =>
  Effect.try({ try: action, catch: (cause) => cannotWrite(target, cause) })

const number = (value: number): string => String(value).padStart(5, "0")

const openShard = Effect.fnUntraced(function* (
  table: Table,
  columns: ReadonlyArray<Columns.Column>,
  split: Split,
  withheld: ReadonlyArray<string> | null
): Effect.fn.Return<OpenShard, SinkError, Run | Scope.Scope> {
  const name = `${table.folder}/${split.name}-${number(split.finished.length)}${table.format.extension}`
  const file = yield* WholeFile.open({ sink: "dataset", path: name })
  // What the writer needs ends with its file, not with the whole data set.
  const scope = yield* Scope.fork(yield* Effect.scope)
  const writer = yield* Scope.provide(table.format.open(columns, file), scope)
  const kept = withheld === null ? null : yield* KeptRows.open(name, withheld, scope)
  return { file, kept, writer, scope, nRows: 0 }
})

const finishShard = Effect.fnUntraced(function* (split: Split): Effect.fn.Return<void, SinkError> {
  const shard = split.open
  if (shard === undefined) return
  split.open = undefined
  yield* shard.writer.finish
  yield* attempt(shard.file.target, () => shard.file.seal())
  yield* shard.kept?.finish ?? Effect.void
  yield* Scope.close(shard.scope, Exit.void)
  split.finished.push({ file: shard.file, kept: shard.kept, nRows: shard.nRows })
})

const publish = (
  root: string,
  { folder, format }: Table,
  splits: ReadonlyArray<Split>,
  own: Run["Service"]["own"]
): ReadonlyArray<WrittenSplit> => {
  const written = splits.map(({ name, finished }) => ({
    name,
    files: finished.map(({ file, kept, nRows }, i) => {
      const final = `${name}-${number(i)}-of-${number(finished.length)}${format.extension}`
      kept?.publish(nRows, final)
      return file.publish(nRows, final)
    })
  }))
  const home = path.join(root, folder)
  syncFolder(home)
  const names = new Set(written.flatMap((split) => split.files.map((file) => path.posix.basename(file.path))))
  for (const entry of fs.readdirSync(home)) {
    const isOwn = own?.mayReplace(path.join(home, entry)) !== false
    if (finalName.test(entry) && !names.has(entry) && isOwn) fs.rmSync(path.join(home, entry), { force: true })
  }
  removeOtherKeptRows(root, folder, names)
  return written
}
