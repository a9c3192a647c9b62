import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type { WrittenFile } from "../Sink.ts"
import type { SourceError } from "../sources/SourceError.ts"
import { readFailure } from "../sources/sourceFiles.ts"

/** The size of a file and its SHA-256 in hexadecimal, read in pieces. Fails where it cannot be read. */
export const hashFile = (file: string): Effect.Effect<Pick<WrittenFile, "bytes" | "sha256">, SourceError> =>
  Effect.tryPromise({
    try: async () => {
      const hash = crypto.createHash("sha256")
      let bytes = 0
      for await (const chunk of fs.createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
        hash.update(chunk)
        bytes += chunk.length
      }
      return { bytes, sha256: hash.digest("hex") }
    },
    catch: (cause) => readFailure(file, cause)
  })
