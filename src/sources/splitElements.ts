import type { FoundRow, FoundRows, RowFlaw } from "./FoundRows.ts"
import { jsonRow, missingElement, tooLong } from "./jsonRow.ts"
import { sourceError } from "./SourceError.ts"
import type { TextSplitter } from "./splitLines.ts"

const quote = 0x22
const comma = 0x2c
const backslash = 0x5c
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/**
 * Splits one JSON array into its elements and parses each.
 *
 * Where chunks are cut does not matter. Only strings and brackets are followed, so an element that is no JSON is a bad row and
 * the array goes on; a file that is no array, ends early or goes on behind it is a `SourceError`. Holds one chunk and the
 * unfinished element; an element of more than `maxRowBytes` is counted and let go.
 */
export const splitElements = (file: string, maxRowBytes: number): TextSplitter => {
  let state: "before" | "inside" | "after" = "before"
  let element = 1
  let depth = 0
  let inString = false
  /** Whether the chunk before ended in an odd number of backslashes, inside a string. */
  let escaped = false
  let position = 0
  let parts: Array<Buffer> = []
  let nBytes = 0

  const hold = (part: Buffer) => {
    if (part.length === 0) return
    nBytes += part.length
    if (nBytes > maxRowBytes) parts = []
    else parts.push(part)
  }

  /** The index behind the string that is open at `from`, or the length when it goes on. */
  const skipString = (chunk: Buffer, from: number): number => {
    for (let i = from; ;) {
      const quoteAt = chunk.indexOf(quote, i)
      const end = quoteAt < 0 ? chunk.length : quoteAt
      let run = end
      while (run > i && chunk[run - 1] === backslash) run--
      const odd = ((end - run) % 2 === 1) !== (run === i && escaped)
      escaped = quoteAt < 0 && odd
      if (quoteAt < 0) return end
      if (!odd) {
        inString = false
        return end + 1
      }
      i = end + 1
    }
  }

  const push = (chunk: Buffer) => {
    const rows: Array<FoundRow | RowFlaw> = []
    const numbers: Array<number> = []
    let start = 0

    const finish = (end: number, last: boolean) => {
      const tail = chunk.subarray(start, end)
      const nElement = nBytes + tail.length
      let row: FoundRow | RowFlaw | undefined
      if (nElement > maxRowBytes) row = tooLong(nElement, maxRowBytes)
      else if (parts.length === 0) row = jsonRow(chunk, start, end, false)
      else {
        const bytes = Buffer.concat([...parts, tail])
        row = jsonRow(bytes, 0, bytes.length, false)
      }
      parts = []
      nBytes = 0
      if (row === undefined && last && element === 1) return
      rows.push(row ?? missingElement)
      numbers.push(element++)
    }

    let i = 0
    while (i < chunk.length) {
      if (inString) {
        i = skipString(chunk, i)
        continue
      }
      const byte = chunk[i]!
      if (state === "inside") {
        if (byte === quote) inString = true
        else if (byte === openBrace || byte === openBracket) depth++
        else if (depth > 0) {
          if (byte === closeBrace || byte === closeBracket) depth--
        } else if (byte === comma) {
          finish(i, false)
          start = i + 1
        } else if (byte === closeBracket) {
          finish(i, true)
          state = "after"
        } else if (byte === closeBrace) {
          return sourceError(file, `"}" without "{" in element ${element}`, "a JSON array", {
            place: `byte ${position + i}`
          })
        }
      } else if (!isSpace(byte)) {
        const place = `byte ${position + i}`
        const found = JSON.stringify(String.fromCharCode(byte))
        if (state === "after") return sourceError(file, `${found} behind the array`, "the end of the file", { place })
        if (byte !== openBracket) return sourceError(file, found, 'a JSON array, which starts with "["', { place })
        state = "inside"
        start = i + 1
      }
      i++
    }
    if (state === "inside") hold(chunk.subarray(start))
    position += chunk.length
    return { file, unit: "element", rows, numbers } satisfies FoundRows
  }

  return {
    push,
    end: () => {
      const place = `byte ${position}`
      if (state === "before") return sourceError(file, "white space alone", "a JSON array", { place })
      if (state === "inside") {
        return sourceError(file, `the end of the file in element ${element}`, 'the end of the JSON array, "]"', {
          place
        })
      }
      return { file, unit: "element", rows: [], numbers: [] }
    }
  }
}
