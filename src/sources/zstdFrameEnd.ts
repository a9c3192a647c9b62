import * as fs from "node:fs"

/**
 * Finds where the zstd frame that starts at a byte of a file ends; null when the file ends first.
 *
 * Reads the frame header and the three-byte header of each block, so it costs one small read per 128 KiB. Needed because the
 * decoder of Node 22 takes a frame that is cut off for a whole one. Skippable frames are frames.
 *
 * Source: RFC 8878, https://www.rfc-editor.org/rfc/rfc8878, section 3
 */
export const zstdFrameEnd = (file: string, start: number): number | null => {
  const descriptor = fs.openSync(file, "r")
  try {
    const { size } = fs.fstatSync(descriptor)
    const read = (at: number, nBytes: number): number | null => {
      const bytes = Buffer.alloc(nBytes)
      return fs.readSync(descriptor, bytes, 0, nBytes, at) < nBytes ? null : bytes.readUIntLE(0, nBytes)
    }
    const end = endOf(read, start)
    return end === null || end > size ? null : end
  } finally {
    fs.closeSync(descriptor)
  }
}

type Read = (at: number, nBytes: number) => number | null

const endOf = (read: Read, start: number): number | null => {
  const magic = read(start, 4)
  if (magic === null) return null
  if (magic >>> 4 === 0x184d2a5) {
    const nBytes = read(start + 4, 4)
    return nBytes === null ? null : start + 8 + nBytes
  }
  const flags = read(start + 4, 1)
  if (flags === null) return null
  const hasChecksum = (flags & 4) !== 0
  let at = start + headerBytes(flags)
  for (;;) {
    const block = read(at, 3)
    if (block === null) return null
    const isRepeatedByte = ((block >> 1) & 3) === 1
    at += 3 + (isRepeatedByte ? 1 : block >> 3)
    if ((block & 1) === 1) return at + (hasChecksum ? 4 : 0)
  }
}

/** Bytes before the first block: magic, descriptor, window, dictionary id and content size. */
const headerBytes = (flags: number): number => {
  const isSingleSegment = (flags & 32) !== 0
  const contentSize = [isSingleSegment ? 1 : 0, 2, 4, 8][flags >> 6]!
  return 5 + (isSingleSegment ? 0 : 1) + [0, 1, 2, 4][flags & 3]! + contentSize
}
