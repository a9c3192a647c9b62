import { isUtf8 } from "node:buffer"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { FormatFlaw, type Reader } from "../formats/Format.ts"
import type { RowWriter } from "../sinks/RowWriter.ts"
import type { SinkError } from "../sinks/SinkError.ts"
import { byteChunks } from "../sources/byteChunks.ts"
import { RowFlaw } from "../sources/FoundRows.ts"
import { defaultMaxRowBytes, jsonRow, tooLong } from "../sources/jsonRow.ts"
import type { SourceError } from "../sources/SourceError.ts"
import type { Taken } from "./ConvertInput.ts"
import type { LinePlans } from "./LinePlans.ts"

const newline = 10
const carriageReturn = 13
/** Bytes of lines after which other threads may hand over what they have done and take new work. */
const turnBytes = 1 << 17

/**
 * Converts lines into a writer that takes UTF-8 as it is, without making strings or objects of those for which there is a plan.
 *
 * Any other line is parsed and handed to `take`, in its place among the rows, so that the outcome is the same as if all were. `count` gets the
 * number of lines that a plan converted and of their rows.
 */
export const convertLines = <E>(
  file: { readonly name: string; readonly bytes: number },
  plans: LinePlans,
  reader: Reader,
  output: RowWriter,
  count: (nLines: number, nRows: number) => void,
  take: (taken: Taken) => Effect.Effect<void, E>
): Effect.Effect<void, SourceError | SinkError | E> =>
  Effect.suspend(() => {
    let line = 0
    let held: Array<Buffer> = []

    const parsed = (bytes: Buffer, start: number, end: number, valid: boolean): Taken | undefined => {
      const found =
        end - start > defaultMaxRowBytes ? tooLong(end - start, defaultMaxRowBytes) : jsonRow(bytes, start, end, valid)
      if (found === undefined) return undefined
      if (found instanceof RowFlaw) {
        const record = new FormatFlaw(found.reason, found.column, found.found, found.wanted)
        return { file: file.name, place: `line ${line}`, record }
      }
      if (valid) plans.learn(bytes, start, end)
      return { file: file.name, place: `line ${line}`, record: reader.read(found) }
    }

    /** Takes whole lines; a generator, so that it waits only where the writer has to. */
    const takeLines = Effect.fnUntraced(function* (bytes: Buffer, from: number, to: number) {
      const valid = isUtf8(bytes.subarray(from, to))
      let nLines = 0
      let nRows = 0
      let start = from
      let turnAt = from + turnBytes
      while (start < to) {
        if (start >= turnAt) {
          yield* Effect.yieldNow
          turnAt = start + turnBytes
        }
        const found = bytes.indexOf(newline, start)
        const next = found < 0 || found > to ? to : found
        const end = next > start && bytes[next - 1] === carriageReturn ? next - 1 : next
        line++
        const rows = valid && end - start <= defaultMaxRowBytes ? plans.rowsOf(bytes, start, end) : undefined
        if (rows === undefined) {
          const taken = parsed(bytes, start, end, valid)
          if (taken !== undefined) yield* take(taken)
        } else {
          nLines++
          nRows += rows.length
          for (let i = 0; i < rows.length; i++) if (output.add(rows[i]!)) yield* output.flush
        }
        start = next + 1
      }
      count(nLines, nRows)
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
