import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { magicLength } from "./FileFormat.ts"
import type { SourceError } from "./SourceError.ts"
import { readFailure, type SourceFile } from "./sourceFiles.ts"

/** Opens a file until the scope ends. */
export const openFile = (file: SourceFile): Effect.Effect<fs.promises.FileHandle, SourceError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.tryPromise({ try: () => fs.promises.open(file.name), catch: (cause) => readFailure(file.name, cause) }),
    (handle) => Effect.promise(() => handle.close())
  )

/** Reads a piece of an open file; less than asked for only at its end. */
export const readBytes = (
  file: SourceFile,
  handle: fs.promises.FileHandle,
  start: number,
  length: number
): Effect.Effect<Buffer, SourceError> =>
  Effect.map(
    Effect.tryPromise({
      try: () => handle.read(Buffer.allocUnsafeSlow(length), 0, length, start),
      catch: (cause) => readFailure(file.name, cause, `byte ${start}`)
    }),
    ({ buffer, bytesRead }) => buffer.subarray(0, bytesRead)
  )

/** Reads as many bytes from the start of a file as are needed to recognise it. */
export const readHead = (file: SourceFile): Effect.Effect<Buffer, SourceError> =>
  Effect.scoped(Effect.flatMap(openFile(file), (handle) => readBytes(file, handle, 0, magicLength)))
