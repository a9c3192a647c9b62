import { isUtf8 } from "node:buffer"
import type { FoundRow, FoundRows, RowFlaw } from "./FoundRows.ts"
import { jsonRow, tooLong } from "./jsonRow.ts"
import type { SourceError } from "./SourceError.ts"

/** Turns the chunks of one file into rows. State is kept from chunk to chunk; `end` is called once, after the last. */
export interface TextSplitter {
  readonly push: (chunk: Buffer) => FoundRows | SourceError
  readonly end: () => FoundRows | SourceError
}

const newline = 10
const carriageReturn = 13

/**
 * Splits JSON Lines at `\n` (and `\r\n`) and nothing else, and parses each line. Lines of white space are no rows.
 *
 * Where chunks are cut does not matter. Holds one chunk and the unfinished line; a line of more than `maxRowBytes` is counted
 * and let go.
 */
export const splitLines = (file: string, maxRowBytes: number): TextSplitter => {
  let line = 1
  let parts: Array<Buffer> = []
  let nBytes = 0

  const found = (): FoundRows & { readonly rows: Array<FoundRow | RowFlaw>; readonly numbers: Array<number> } => ({
    file,
    unit: "line",
    rows: [],
    numbers: []
  })

  const hold = (rest: Buffer) => {
    if (rest.length === 0) return
    nBytes += rest.length
    // One byte more than the limit, because the line may end in a carriage return that does not count.
    if (nBytes > maxRowBytes + 1) parts = []
    else parts.push(rest)
  }

  const add = (into: ReturnType<typeof found>, bytes: Buffer, start: number, end: number, valid: boolean) => {
    const last = end > start && bytes[end - 1] === carriageReturn ? end - 1 : end
    const row = last - start > maxRowBytes ? tooLong(last - start, maxRowBytes) : jsonRow(bytes, start, last, valid)
    if (row !== undefined) {
      into.rows.push(row)
      into.numbers.push(line)
    }
    line++
  }

  const addHeld = (into: ReturnType<typeof found>) => {
    if (parts.length === 0) {
      into.rows.push(tooLong(nBytes, maxRowBytes))
      into.numbers.push(line++)
    } else {
      const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts)
      add(into, bytes, 0, bytes.length, false)
    }
    parts = []
    nBytes = 0
  }

  return {
    push: (chunk) => {
      const into = found()
      let start = 0
      let end = chunk.indexOf(newline)
      if (nBytes > 0 && end >= 0) {
        hold(chunk.subarray(0, end))
        addHeld(into)
        start = end + 1
        end = chunk.indexOf(newline, start)
      }
      // A line break is never part of a character, so whole lines can be checked together.
      const valid = isUtf8(chunk.subarray(start, chunk.lastIndexOf(newline) + 1))
      while (end >= 0) {
        add(into, chunk, start, end, valid)
        start = end + 1
        end = chunk.indexOf(newline, start)
      }
      hold(chunk.subarray(start))
      return into
    },
    end: () => {
      const into = found()
      if (nBytes > 0) addHeld(into)
      return into
    }
  }
}
