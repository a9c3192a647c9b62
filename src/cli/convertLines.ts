import { isUtf8 } from "node:buffer"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Column } from "../Columns.ts"
import { FormatFlaw, type Reader } from "../formats/Format.ts"
import type { RowWriter } from "../sinks/RowWriter.ts"
import type { SinkError } from "../sinks/SinkError.ts"
import { byteChunks } from "../sources/byteChunks.ts"
import { type FlatField, FlatLine } from "../sources/FlatLine.ts"
import { RowFlaw } from "../sources/FoundRows.ts"
import { defaultMaxRowBytes, jsonRow, tooLong } from "../sources/jsonRow.ts"
import type { SourceError } from "../sources/SourceError.ts"
import type { Utf8Text } from "../Utf8Text.ts"
import type { Taken } from "./ConvertInput.ts"

/** The columns that the rules about pairs look at. */
const ruled = ["prompt", "chosen", "rejected"]

/**
 * The fields of lines that can be copied as they are, or null when rows have to be made: a column holds lists or structs, or the texts of a
 * pair are not all among them.
 *
 * `names` are the columns of the input in its order; every one has to be written under its own name.
 */
export const copiedFields = (
  names: ReadonlyArray<string>,
  columns: ReadonlyArray<Column>
): ReadonlyArray<FlatField> | null => {
  if (names.length !== columns.length || !ruled.every((name) => names.includes(name))) return null
  const fields: Array<FlatField> = []
  for (const name of names) {
    const type = columns.find((column) => column.name === name)?.type
    if (type === undefined || type.kind === "list" || type.kind === "struct") return null
    fields.push({ name, kind: type.kind, nullable: type.nullable })
  }
  return fields
}

const newline = 10
const isText = (value: unknown): value is Utf8Text => typeof value === "object" && value !== null

/**
 * Copies lines of pairs into a writer that takes UTF-8 as it is, without making strings or objects of them.
 *
 * Only a line that holds every field in order and keeps all rules by what its bytes show is copied. Any other is parsed and handed to
 * `take`, in its place among the rows, so that the outcome is the same as if all were. `count` gets the number of rows copied.
 */
export const convertLines = (
  file: { readonly name: string; readonly bytes: number },
  fields: ReadonlyArray<FlatField>,
  reader: Reader,
  output: RowWriter,
  count: (nRows: number) => void,
  take: (taken: Taken) => Effect.Effect<void, SinkError>
): Effect.Effect<void, SourceError | SinkError> =>
  Effect.suspend(() => {
    const flat = new FlatLine(fields)
    const [prompt, chosen, rejected] = ruled.map((name) => fields.findIndex((field) => field.name === name))
    const row: Record<string, unknown> = Object.fromEntries(fields.map(({ name }) => [name, null]))
    const isPlain = () => isPlainPair(flat.values[prompt!], flat.values[chosen!], flat.values[rejected!])
    let line = 0
    let held: Array<Buffer> = []

    const parsed = (bytes: Buffer, start: number, end: number, valid: boolean): Taken | undefined => {
      const last = end > start && bytes[end - 1] === 13 ? end - 1 : end
      const nBytes = last - start
      const found =
        nBytes > defaultMaxRowBytes ? tooLong(nBytes, defaultMaxRowBytes) : jsonRow(bytes, start, last, valid)
      if (found === undefined) return undefined
      const record =
        found instanceof RowFlaw
          ? new FormatFlaw(found.reason, found.column, found.found, found.wanted)
          : reader.read(found)
      return { file: file.name, place: `line ${line}`, record }
    }

    /** Takes whole lines; a generator, so that it waits only where the writer has to. */
    const takeLines = Effect.fnUntraced(function* (bytes: Buffer, from: number, to: number) {
      const valid = isUtf8(bytes.subarray(from, to))
      let nCopied = 0
      let start = from
      while (start < to) {
        const found = bytes.indexOf(newline, start)
        const end = found < 0 || found > to ? to : found
        line++
        if (valid && flat.scan(bytes, start, end) && isPlain()) {
          for (let i = 0; i < fields.length; i++) row[fields[i]!.name] = flat.values[i]
          nCopied++
          if (output.add(row)) yield* output.flush
        } else {
          const taken = parsed(bytes, start, end, valid)
          if (taken !== undefined) yield* take(taken)
        }
        start = end + 1
      }
      count(nCopied)
    })

    const takeChunk = Effect.fnUntraced(function* (chunk: Buffer) {
      const first = chunk.indexOf(newline)
      if (first < 0) {
        held.push(Buffer.from(chunk))
        return
      }
      let from = 0
      if (held.length > 0) {
        const whole = Buffer.concat([...held, chunk.subarray(0, first)])
        held = []
        yield* takeLines(whole, 0, whole.length)
        from = first + 1
      }
      const last = chunk.lastIndexOf(newline) + 1
      if (from < last) yield* takeLines(chunk, from, last)
      if (last < chunk.length) held.push(Buffer.from(chunk.subarray(last)))
    })

    const rest = Effect.suspend(() => {
      const whole = Buffer.concat(held)
      return whole.length === 0 ? Effect.void : takeLines(whole, 0, whole.length)
    })
    return Effect.andThen(Stream.runForEach(byteChunks(file, "JSON Lines", undefined, true), takeChunk), rest)
  })

/** Says whether the bytes alone show that a pair keeps the rules; where they leave a doubt, it does not. */
const isPlainPair = (prompt: unknown, chosen: unknown, rejected: unknown): boolean => {
  if (!isText(prompt) || !isText(chosen) || !isText(rejected)) return false
  if (!saysSomething(chosen) || !saysSomething(rejected)) return false
  if (startsWith(chosen, rejected) && chosen.end - chosen.start === rejected.end - rejected.start) return false
  return !(startsWith(chosen, prompt) && startsWith(rejected, prompt) && prompt.end > prompt.start)
}

const saysSomething = ({ buffer, end, start }: Utf8Text): boolean => {
  for (let i = start; i < end; i++) if (buffer[i]! > 0x20 && buffer[i]! < 0x7f) return true
  return false
}

const startsWith = (text: Utf8Text, start: Utf8Text): boolean => {
  const n = start.end - start.start
  if (text.end - text.start < n) return false
  if (n > 0 && text.buffer[text.start] !== start.buffer[start.start]) return false
  return text.buffer.compare(start.buffer, start.start, start.end, text.start, text.start + n) === 0
}
