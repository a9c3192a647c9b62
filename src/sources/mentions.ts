import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { byteChunks } from "./byteChunks.ts"
import type { SourceError } from "./SourceError.ts"
import type { SourceFile } from "./sourceFiles.ts"

/**
 * Says whether a text file has this text somewhere, decompressed where its name says so.
 *
 * Reads up to the first place, without parsing anything. Memory is a chunk.
 */
export const mentions = (file: SourceFile, text: string): Effect.Effect<boolean, SourceError> =>
  Effect.gen(function* () {
    const wanted = Buffer.from(text)
    let isThere = false
    // The end of the last chunk, in which the text may begin.
    let end = Buffer.alloc(0)
    yield* Stream.runForEachWhile(byteChunks(file, "text", undefined, true), (chunk) =>
      Effect.sync(() => {
        const seam = Buffer.concat([end, chunk.subarray(0, wanted.length - 1)])
        isThere = chunk.includes(wanted) || seam.includes(wanted)
        end = Buffer.concat([end, chunk.subarray(1 - wanted.length)]).subarray(1 - wanted.length)
        return !isThere
      })
    )
    return isThere
  })
