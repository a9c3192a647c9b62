import * as Effect from "effect/Effect"
import { magicName, magicRemedy, magicOf, promisedData } from "./FileFormat.ts"
import type { Inspection } from "./Inspection.ts"
import { inspectArrow } from "./inspectArrow.ts"
import { inspectParquet } from "./inspectParquet.ts"
import { inspectText } from "./inspectText.ts"
import { readHead } from "./openFile.ts"
import { type SourceError, sourceError } from "./SourceError.ts"
import { sourceFiles } from "./sourceFiles.ts"

/** What `inspectFile` can be told. */
export interface InspectOptions {
  /** Rows in the sample at most. Default 5. */
  readonly rows?: number
}

/**
 * Looks into one file: format, columns, rows and a sample.
 *
 * The format is told from the first bytes, then from the name. Parquet and Arrow declare their columns; for JSON, JSON Lines and
 * CSV they are inferred from the first 100 rows, and the rows are counted only when those are all. Memory is a row group, a record
 * batch or 100 rows.
 */
export const inspectFile = (path: string, options: InspectOptions = {}): Effect.Effect<Inspection, SourceError> =>
  Effect.gen(function* () {
    const nSample = options.rows ?? 5
    const files = yield* sourceFiles(path)
    const file = files[0]!
    if (files.length > 1) return yield* sourceError(path, `${files.length} files`, "one file")
    const magic = magicOf(yield* readHead(file))
    switch (magic) {
      case "parquet":
        return yield* Effect.scoped(inspectParquet(file, nSample))
      case "arrow file":
      case "arrow stream":
        return yield* Effect.scoped(inspectArrow(file, nSample))
      case "gzip":
      case "zstd":
        return yield* inspectText(file, magic, nSample)
      case "text": {
        const promised = promisedData(file.name)
        if (promised !== null) return yield* sourceError(file.name, magicName(magic), `${promised}, as the name says`)
        return yield* inspectText(file, null, nSample)
      }
      default: {
        const wanted = `Parquet, Arrow, JSON, JSON Lines or CSV${magicRemedy(magic)}`
        return yield* sourceError(file.name, magicName(magic), wanted)
      }
    }
  })
