import { isUtf8 } from "node:buffer"
import { invalidText } from "./rejectReason.ts"

const replacement = "\ufffd"

/** Decodes UTF-8 without losing anything: a byte order mark stays, and bytes that are not UTF-8 become `invalidText`. */
export const textOf = (bytes: Uint8Array): string | typeof invalidText => {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = buffer.toString("utf8")
  return text.includes(replacement) && !isUtf8(buffer) ? invalidText : text
}
