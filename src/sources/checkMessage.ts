/**
 * Checks that the vectors inside the metadata of an Arrow message fit into it, and throws a `RangeError` otherwise.
 *
 * The metadata are FlatBuffers, whose reader believes every length: one wrong byte makes it build millions of fields. Only the
 * vectors that `apache-arrow` walks through are looked at.
 *
 * Source: Message.fbs, Schema.fbs and File.fbs in https://github.com/apache/arrow/tree/main/format
 */
export const checkMessage = (metadata: Buffer): void => {
  const message = metadata.readUInt32LE(0)
  checkVector(metadata, fieldAt(metadata, message, 4), 4)
  const header = follow(metadata, fieldAt(metadata, message, 2))
  const headerType = fieldAt(metadata, message, 1)
  if (header === undefined || headerType === undefined) throw new RangeError("no header")
  const type = metadata.readUInt8(headerType)
  if (type === 1) checkSchema(metadata, header)
  if (type === 2) {
    const batch = follow(metadata, fieldAt(metadata, header, 1))
    if (batch === undefined) throw new RangeError("a dictionary without data")
    checkBatch(metadata, batch)
  }
  if (type === 3) checkBatch(metadata, header)
}

/** Checks the footer of an Arrow file in the same way. */
export const checkArrowFooter = (bytes: Buffer): void => {
  const footer = bytes.readUInt32LE(0)
  const schema = follow(bytes, fieldAt(bytes, footer, 1))
  if (schema === undefined) throw new RangeError("no schema")
  checkSchema(bytes, schema)
  for (const [field, size] of [
    [2, 24],
    [3, 24],
    [4, 4]
  ] as const)
    checkVector(bytes, fieldAt(bytes, footer, field), size)
}

const checkSchema = (bytes: Buffer, schema: number): void => {
  checkVector(bytes, fieldAt(bytes, schema, 2), 4)
  checkVector(bytes, fieldAt(bytes, schema, 3), 8)
  checkFields(bytes, fieldAt(bytes, schema, 1), 0)
}

const checkBatch = (bytes: Buffer, batch: number): void => {
  checkVector(bytes, fieldAt(bytes, batch, 1), 16)
  checkVector(bytes, fieldAt(bytes, batch, 2), 16)
  checkVector(bytes, fieldAt(bytes, batch, 4), 8)
}

const checkFields = (bytes: Buffer, at: number | undefined, depth: number): void => {
  if (depth > 64) throw new RangeError("more than 64 levels of fields")
  const { start, length } = checkVector(bytes, at, 4)
  for (let i = 0; i < length; i++) {
    const field = start + 4 * i + bytes.readUInt32LE(start + 4 * i)
    checkVector(bytes, fieldAt(bytes, field, 6), 4)
    checkFields(bytes, fieldAt(bytes, field, 5), depth + 1)
  }
}

/** Where a field of a table lies, or nothing when the table does not have it. */
const fieldAt = (bytes: Buffer, table: number, field: number): number | undefined => {
  const vtable = table - bytes.readInt32LE(table)
  const slot = 4 + 2 * field
  const offset = slot < bytes.readUInt16LE(vtable) ? bytes.readUInt16LE(vtable + slot) : 0
  return offset === 0 ? undefined : table + offset
}

const follow = (bytes: Buffer, at: number | undefined): number | undefined =>
  at === undefined ? undefined : at + bytes.readUInt32LE(at)

const checkVector = (bytes: Buffer, at: number | undefined, size: number): { start: number; length: number } => {
  const vector = follow(bytes, at)
  if (vector === undefined) return { start: 0, length: 0 }
  const length = bytes.readUInt32LE(vector)
  const start = vector + 4
  if (start + length * size > bytes.length) throw new RangeError(`${length} entries in ${bytes.length} bytes`)
  return { start, length }
}
