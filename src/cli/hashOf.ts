import * as crypto from "node:crypto"
import * as fs from "node:fs"

/** The SHA-256 of a file in hexadecimal, read in pieces. */
export const hashOf = (file: string): string => {
  const hash = crypto.createHash("sha256")
  const descriptor = fs.openSync(file, "r")
  try {
    const piece = Buffer.alloc(1 << 20)
    for (;;) {
      const n = fs.readSync(descriptor, piece)
      if (n === 0) return hash.digest("hex")
      hash.update(piece.subarray(0, n))
    }
  } finally {
    fs.closeSync(descriptor)
  }
}
