import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { byteChunks } from "./byteChunks.ts"
import type { SourceOptions } from "./makeRows.ts"
import type { FoundRows } from "./FoundRows.ts"
import { rowLimit } from "./jsonRow.ts"
import { SourceError } from "./SourceError.ts"
import { type Paths, sourceFiles } from "./sourceFiles.ts"
import type { TextSplitter } from "./splitLines.ts"

/** What sources of text can be told. */
export interface TextOptions extends SourceOptions {
  /** The longest row in bytes of text; longer ones are rejected without being held. Default 64 MiB, at most 512 MiB. */
  readonly maxRowBytes?: number
}

/** Reads text files one after the other and splits each with a fresh splitter. */
export const textRows = (
  paths: Paths,
  wanted: string,
  options: TextOptions,
  split: (file: string, maxRowBytes: number) => TextSplitter
): Stream.Stream<FoundRows, SourceError> =>
  Stream.fromIterableEffect(sourceFiles(paths)).pipe(
    Stream.flatMap((file) =>
      Stream.suspend(() => {
        const { push, end } = split(file.name, rowLimit(options.maxRowBytes))
        return byteChunks(file, wanted).pipe(
          Stream.mapEffect((chunk) => orFail(push(chunk))),
          Stream.concat(Stream.fromEffect(Effect.suspend(() => orFail(end()))))
        )
      })
    )
  )

const orFail = (found: FoundRows | SourceError): Effect.Effect<FoundRows, SourceError> =>
  found instanceof SourceError ? Effect.fail(found) : Effect.succeed(found)
