import * as fs from "node:fs"

/**
 * Reads the lines of a UTF-8 file one by one, without the line break.
 *
 * What follows the last break is no line, as where a write was cut off; unless `lastMayBeOpen`, as in files that others wrote.
 * Memory is a chunk of 1 MB and the longest line. The file is closed also when the reader stops early. Throws as `node:fs` does.
 */
export function* fileLines(file: string, lastMayBeOpen = false): Generator<string> {
  const descriptor = fs.openSync(file, "r")
  const chunk = Buffer.alloc(1 << 20)
  let rest: Buffer = Buffer.alloc(0)
  try {
    for (;;) {
      const nBytes = fs.readSync(descriptor, chunk, 0, chunk.length, null)
      if (nBytes === 0) break
      const text = Buffer.concat([rest, chunk.subarray(0, nBytes)])
      let start = 0
      for (let end = text.indexOf(10); end >= 0; end = text.indexOf(10, start)) {
        yield text.toString("utf8", start, end)
        start = end + 1
      }
      rest = Buffer.from(text.subarray(start))
    }
    if (lastMayBeOpen && rest.length > 0) yield rest.toString("utf8")
  } finally {
    fs.closeSync(descriptor)
  }
}
