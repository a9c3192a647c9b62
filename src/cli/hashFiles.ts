import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type { Conversion } from "../Manifest.ts"
import type { SourceError } from "../sources/SourceError.ts"
import { readFailure } from "../sources/sourceFiles.ts"

/** Reads files once more, in pieces, for their sizes and checksums; their names are without folders, so that no path of this machine is told. */
export const hashFiles = (files: ReadonlyArray<string>): Effect.Effect<Conversion["files"], SourceError> =>
  Effect.forEach(files, (file) =>
    Effect.tryPromise({
      try: async () => {
        const hash = crypto.createHash("sha256")
        let bytes = 0
        for await (const chunk of fs.createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
          hash.update(chunk)
          bytes += chunk.length
        }
        return { name: path.basename(file), bytes, sha256: hash.digest("hex") }
      },
      catch: (cause) => readFailure(file, cause)
    })
  )
