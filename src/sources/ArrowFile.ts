import * as zlib from "node:zlib"
import type * as Arrow from "apache-arrow"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type ArrowMessage, fileMessages, type OpenedFile, streamMessages } from "./ArrowMessages.ts"
import { magicLength, magicName, magicOf } from "./FileFormat.ts"
import { openFile, readBytes } from "./openFile.ts"
import { type SourceError, sourceError } from "./SourceError.ts"
import { readFailure, type SourceFile } from "./sourceFiles.ts"

/** An open Arrow file or stream whose schema has been read. */
export interface ArrowFile {
  readonly file: SourceFile
  readonly kind: "arrow file" | "arrow stream"
  readonly schema: Arrow.Schema
  readonly nBatches: number
  readonly nRows: number
  /** Gives the next record batch, or nothing at the end. */
  readonly next: Effect.Effect<Arrow.RecordBatch | undefined, SourceError>
}

/** Loads `apache-arrow`, with the codecs that Node has. */
export const loadArrow: Effect.Effect<typeof Arrow> = Effect.map(
  Effect.promise(() => import("apache-arrow")),
  (arrow) => {
    const { compressionRegistry, CompressionType } = arrow
    if (compressionRegistry.get(CompressionType.ZSTD) === null) {
      compressionRegistry.set(CompressionType.ZSTD, { encode: zlib.zstdCompressSync, decode: zlib.zstdDecompressSync })
    }
    if (compressionRegistry.get(CompressionType.LZ4_FRAME) === null) {
      compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: refuseLz4 })
    }
    return arrow
  }
)

class MissingCodec extends Error {}

const refuseLz4 = () => {
  throw new MissingCodec()
}

/**
 * Opens an Arrow IPC file or stream until the scope ends.
 *
 * One record batch is in memory at a time. Both have to be complete: a file ends in its magic bytes, a stream in its end mark.
 * The messages are found and checked before `apache-arrow` sees them, because its own readers wait forever on some damaged
 * ones.
 */
export const openArrow = (file: SourceFile): Effect.Effect<ArrowFile, SourceError, Scope.Scope> =>
  Effect.gen(function* () {
    const arrow = yield* loadArrow
    const handle = yield* openFile(file)
    const opened = { file, handle, arrow }
    const kind = magicOf(yield* readBytes(file, handle, 0, magicLength))
    if (kind !== "arrow file" && kind !== "arrow stream") {
      return yield* sourceError(file.name, magicName(kind), "an Arrow file or stream")
    }
    const { schema, messages } =
      kind === "arrow file"
        ? yield* fileMessages(opened)
        : { schema: undefined, messages: yield* streamMessages(opened) }
    const batches = messages.filter((message) => message.kind === "batch")
    let nRead = 0
    const attempt = <A>(read: () => Promise<A>, place: () => string): Effect.Effect<A, SourceError> =>
      Effect.tryPromise({ try: read, catch: (cause) => arrowFailure(file, cause, place()) })
    const reader = yield* attempt(
      () => arrow.RecordBatchReader.from(streamOf(opened, schema, messages)).then((closed) => closed.open()),
      () => "the schema"
    )
    return {
      file,
      kind,
      schema: reader.schema,
      nBatches: batches.length,
      nRows: batches.reduce((sum, batch) => sum + batch.nRows, 0),
      next: Effect.suspend(() =>
        nRead >= batches.length
          ? Effect.succeed(undefined)
          : Effect.map(
              attempt(
                () => Promise.resolve(reader.next()),
                () => `record batch ${nRead + 1}`
              ),
              (result) => {
                nRead++
                return result.done === true ? undefined : result.value
              }
            )
      )
    }
  })

/** The stream that messages are: the schema, unless it is one of them, and each message when it is asked for. */
const streamOf = (
  { handle, arrow }: OpenedFile,
  schema: Arrow.Schema | undefined,
  messages: ReadonlyArray<ArrowMessage>
): AsyncIterable<Uint8Array> => ({
  [Symbol.asyncIterator]: () => {
    const left = messages.values()
    let first = schema === undefined ? undefined : schemaMessage(schema, arrow)
    return {
      next: () => {
        const value = first
        first = undefined
        if (value !== undefined) return Promise.resolve({ done: false, value })
        const message = left.next()
        if (message.done === true) return Promise.resolve({ done: true, value: undefined })
        const { start, end } = message.value
        return handle
          .read(Buffer.allocUnsafeSlow(end - start), 0, end - start, start)
          .then(({ buffer, bytesRead }) => ({ done: false, value: buffer.subarray(0, bytesRead) }))
      }
    }
  }
})

const schemaMessage = (schema: Arrow.Schema, { Message }: typeof Arrow): Uint8Array => {
  const metadata = Message.encode(Message.from(schema))
  const prefix = Buffer.alloc(8)
  prefix.writeInt32LE(-1, 0)
  prefix.writeInt32LE(metadata.length, 4)
  return Buffer.concat([prefix, metadata])
}

/** Turns whatever was thrown while a file was decoded into a `SourceError`. */
export const arrowFailure = (file: SourceFile, cause: unknown, place: string): SourceError => {
  if ((cause as NodeJS.ErrnoException).syscall !== undefined) return readFailure(file.name, cause, place)
  if (cause instanceof MissingCodec) {
    const wanted = "ZSTD or none; to read LZ4, register a codec with the compressionRegistry of apache-arrow"
    return sourceError(file.name, "LZ4 compression", wanted, { place })
  }
  const reason = cause instanceof Error ? cause.message : String(cause)
  return sourceError(file.name, `damaged data (${reason})`, "Arrow data that can be decoded", { place })
}
