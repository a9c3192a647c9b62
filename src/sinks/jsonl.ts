import * as zlib from "node:zlib"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ColumnType } from "../Columns.ts"
import type { Run } from "../Run.ts"
import type { Sink, WrittenFile } from "../Sink.ts"
import { jsonRow } from "./JsonRow.ts"
import { oneFile } from "./oneFile.ts"
import type { RowFormat } from "./RowWriter.ts"
import { cannotWrite, type SinkError } from "./SinkError.ts"
import type { WholeFile } from "./WholeFile.ts"

/**
 * Writes all rows to one JSON Lines file, `path` relative to the run folder; `.gz` and `.zst` at its end compress it.
 *
 * Keys in column order, `null` for what is missing, UTF-8 without escapes that JSON does not ask for. NaN and infinities are
 * not JSON, so a row that holds one fails. The same rows give the same bytes. Memory: about 1 MB of text.
 */
export const jsonl = (path: string): Sink<unknown, ReadonlyArray<WrittenFile>, SinkError, Run> =>
  oneFile("jsonl", path, { path }, jsonlFormat(path))

const flushUnits = 1 << 20

/** JSON Lines as a format that other sinks can write; `extension` decides about compression. */
export const jsonlFormat = (extension: string): RowFormat => ({
  name: "jsonl",
  extension,
  strictest: (columns) => columns.map((column) => ({ ...column, type: withoutNonFinite(column.type) })),
  open: Effect.fnUntraced(function* (columns, file) {
    const text = jsonRow(columns)
    const output = yield* openOutput(extension, file)
    let lines: Array<string> = []
    let nWaiting = 0
    let nUnits = 0
    const flush = Effect.suspend(() => {
      const bytes = Buffer.from(lines.join(""))
      lines = []
      nWaiting = 0
      return output.write(bytes)
    })
    return {
      add: (row) => {
        const line = `${text(row)}\n`
        lines.push(line)
        nWaiting += line.length
        nUnits += line.length
        return nWaiting >= flushUnits
      },
      rawBytes: () => nUnits,
      flush,
      finish: Effect.andThen(flush, output.end)
    }
  })
})

const withoutNonFinite = (type: ColumnType): ColumnType => {
  switch (type.kind) {
    case "float":
      return { ...type, finite: true }
    case "list":
      return { ...type, element: withoutNonFinite(type.element) }
    case "struct":
      return { ...type, fields: type.fields.map((field) => ({ ...field, type: withoutNonFinite(field.type) })) }
    default:
      return type
  }
}

interface Output {
  readonly write: (bytes: Buffer) => Effect.Effect<void, SinkError>
  readonly end: Effect.Effect<void, SinkError>
}

const openOutput = (extension: string, file: WholeFile): Effect.Effect<Output, never, Scope.Scope> => {
  if (extension.endsWith(".gz")) return compressed(file, () => zlib.createGzip())
  if (extension.endsWith(".zst")) {
    const params = { [zlib.constants.ZSTD_c_compressionLevel]: 3 }
    return compressed(file, () => zlib.createZstdCompress({ params }))
  }
  return Effect.succeed({ write: (bytes) => append(file, [bytes]), end: Effect.void })
}

const append = (file: WholeFile, parts: ReadonlyArray<Uint8Array>): Effect.Effect<void, SinkError> =>
  Effect.try({
    try: () => {
      for (const part of parts) file.append(part)
    },
    catch: (cause) => cannotWrite(file.target, cause)
  })

/** One compressed stream over the whole file, run on another thread. */
const compressed = Effect.fnUntraced(function* (file: WholeFile, make: () => zlib.Gzip | zlib.ZstdCompress) {
  const stream = yield* Effect.acquireRelease(Effect.sync(make), (open) => Effect.sync(() => open.destroy()))
  let parts: Array<Buffer> = []
  let wake: ((failure?: unknown) => void) | undefined
  stream.on("data", (part: Buffer) => parts.push(part))
  stream.on("error", (failure) => wake?.(failure))
  stream.on("end", () => wake?.())
  const until = (start: () => void) =>
    Effect.callback<void, SinkError>((resume) => {
      wake = (failure) => resume(failure === undefined ? Effect.void : Effect.fail(cannotWrite(file.target, failure)))
      start()
    })
  const takeParts = Effect.suspend(() => {
    const taken = parts
    parts = []
    return append(file, taken)
  })
  return {
    write: (bytes) =>
      Effect.andThen(
        until(() => void stream.write(bytes, () => wake?.())),
        takeParts
      ),
    end: Effect.andThen(
      until(() => void stream.end()),
      takeParts
    )
  } satisfies Output
})
