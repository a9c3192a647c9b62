/**
 * Small whole numbers as runs of one value and, in between, groups of eight that are packed bit by bit, `width` bits each.
 *
 * Runs count from eight values on. Source: "RLE/bit-packing hybrid" of https://parquet.apache.org/docs/file-format/data-pages/encodings/
 */
export const runLengths = (values: Uint8Array | Int32Array, width: number): Uint8Array => {
  const { length } = values
  const nWhole = (width + 7) >> 3
  // For every eight values a run or a packed group, with the count before it.
  const out = new Uint8Array(((length + 7) >> 3) * (5 + Math.max(width, nWhole)))
  let n = 0
  const putCount = (count: number) => {
    let rest = count
    for (; rest > 0x7f; rest >>>= 7) out[n++] = (rest & 0x7f) | 0x80
    out[n++] = rest
  }
  const pack = (from: number, nGroups: number) => {
    putCount((nGroups << 1) | 1)
    let bits = 0
    let nBits = 0
    for (let i = from; i < from + 8 * nGroups; i++) {
      if (i < length) bits |= values[i]! << nBits
      for (nBits += width; nBits >= 8; nBits -= 8) {
        out[n++] = bits
        bits >>>= 8
      }
    }
  }
  let packedFrom = 0
  let i = 0
  while (i < length) {
    const value = values[i]!
    let end = i + 1
    while (end < length && values[end] === value) end++
    if (end - i < 8) {
      i += 8
      continue
    }
    if (packedFrom < i) pack(packedFrom, (i - packedFrom) >> 3)
    putCount((end - i) << 1)
    for (let k = 0; k < nWhole; k++) out[n++] = value >>> (8 * k)
    packedFrom = i = end
  }
  if (packedFrom < length) pack(packedFrom, (length - packedFrom + 7) >> 3)
  return out.slice(0, n)
}
