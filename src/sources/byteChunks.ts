import * as fs from "node:fs"
import * as stream from "node:stream"
import * as zlib from "node:zlib"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { compressionOf, magicLength, magicName, magicRemedy, magicOf } from "./FileFormat.ts"
import { openFile, readBytes, readHead } from "./openFile.ts"
import { type SourceError, sourceError } from "./SourceError.ts"
import { readFailure, type SourceFile } from "./sourceFiles.ts"
import { zstdFrameEnd } from "./zstdFrameEnd.ts"

const chunkSize = 1 << 18
const lentSize = 1 << 20

/** Gives the next bytes, or nothing at the end. */
type Next = Effect.Effect<Buffer | undefined, SourceError>

/**
 * Reads a text file in chunks of about 256 KiB, decompressed when its name ends in `.gz`, `.zst` or `.zstd`.
 *
 * One chunk is read each time the consumer asks. A byte order mark is left out; that the text is UTF-8 is not checked. All
 * members of a gzip file and all frames of a zstd file are read. `wanted` names what the file should hold, `compression`
 * overrules its name. Fails when the file is something else by its first bytes, when compressed data are cut off or damaged,
 * and when there are no bytes at all.
 *
 * A consumer that is done with a chunk when it asks for the next one can have chunks `lent`: those of a plain file are then of 1 MiB, read
 * ahead, and written over by later ones, so that the collector has nothing to do.
 */
export const byteChunks = (
  file: SourceFile,
  wanted: string,
  compression: "gzip" | "zstd" | null = compressionOf(file.name),
  lent: boolean = false
): Stream.Stream<Buffer, SourceError> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const plain = lent ? lentBytes : plainBytes
      const next = yield* compression === null ? plain(file) : decompressedBytes(file, compression)
      let first: Buffer | undefined = yield* headBytes(next)
      if (first.length === 0) return yield* sourceError(file.name, "0 bytes of decompressed data", wanted)
      const magic = magicOf(first)
      if (magic !== "text") return yield* sourceError(file.name, magicName(magic), wanted + magicRemedy(magic))
      if (first[0] === 0xef && first[1] === 0xbb && first[2] === 0xbf) first = first.subarray(3)
      return Stream.unfold(undefined, () => {
        const chunk = first
        first = undefined
        if (chunk !== undefined && chunk.length > 0) return Effect.succeed([chunk, undefined] as const)
        return Effect.map(next, (bytes) => (bytes === undefined ? undefined : ([bytes, undefined] as const)))
      })
    })
  )

/** The first bytes, enough of them to recognise the file unless it ends before. */
const headBytes = (next: Next): Effect.Effect<Buffer, SourceError> =>
  Effect.gen(function* () {
    let head: Buffer = Buffer.alloc(0)
    while (head.length < magicLength) {
      const bytes = yield* next
      if (bytes === undefined) break
      // A copy, since the bytes may be lent.
      head = Buffer.concat([head, bytes])
    }
    return head
  })

const plainBytes = (file: SourceFile): Effect.Effect<Next, SourceError, Scope.Scope> =>
  Effect.gen(function* () {
    const handle = yield* openFile(file)
    let position = 0
    return Effect.map(
      Effect.suspend(() => readBytes(file, handle, position, chunkSize)),
      (bytes) => {
        position += bytes.length
        return bytes.length === 0 ? undefined : bytes
      }
    )
  })

const lentBytes = (file: SourceFile): Effect.Effect<Next, SourceError, Scope.Scope> =>
  Effect.gen(function* () {
    const handle = yield* openFile(file)
    const first = Buffer.allocUnsafeSlow(lentSize)
    const second = Buffer.allocUnsafeSlow(lentSize)
    let position = 0
    const readInto = (buffer: Buffer) => {
      const reading = handle.read(buffer, 0, lentSize, position)
      // A failure is for whoever asks for these bytes, and perhaps nobody does.
      reading.catch(() => {})
      return reading
    }
    let ahead = readInto(first)
    return Effect.map(
      Effect.tryPromise({ try: () => ahead, catch: (cause) => readFailure(file.name, cause, `byte ${position}`) }),
      ({ buffer, bytesRead }) => {
        if (bytesRead === 0) return undefined
        position += bytesRead
        ahead = readInto(buffer === first ? second : first)
        return buffer.subarray(0, bytesRead)
      }
    )
  })

interface Decompression {
  /** Where in the file the frame under way starts. */
  start: number
  decoder: stream.Transform & { readonly bytesWritten: number }
  chunks: AsyncIterator<Buffer>
}

/**
 * Decompresses one frame after the other. The decoder of Node reads all members of a gzip file, but of a zstd file only the
 * first frame, without a word about the others; so a new one is started where the last one stopped.
 */
const decompressedBytes = (
  file: SourceFile,
  compression: "gzip" | "zstd"
): Effect.Effect<Next, SourceError, Scope.Scope> =>
  Effect.gen(function* () {
    const magic = magicOf(yield* readHead(file))
    if (magic !== compression) {
      return yield* sourceError(file.name, magicName(magic), `${compression} data, as the name says`)
    }
    const state = yield* Effect.acquireRelease(
      Effect.sync(() => begin(file, compression, 0)),
      (last) => Effect.sync(() => last.decoder.destroy())
    )
    const next: Next = Effect.flatMap(
      Effect.tryPromise({
        try: () => state.chunks.next(),
        catch: (cause) => damage(file, compression, state, cause)
      }),
      (result) => {
        if (result.done !== true) return Effect.succeed(result.value)
        const end = state.start + state.decoder.bytesWritten
        if (compression === "zstd" && zstdFrameEnd(file.name, state.start) === null)
          return Effect.fail(cutOff(file, compression, file.bytes))
        if (compression === "gzip" || end >= file.bytes || end === state.start) return Effect.succeed(undefined)
        Object.assign(state, begin(file, compression, end))
        return next
      }
    )
    return next
  })

const begin = (file: SourceFile, compression: "gzip" | "zstd", start: number): Decompression => {
  const decoder = compression === "gzip" ? zlib.createGunzip({ chunkSize }) : zlib.createZstdDecompress({ chunkSize })
  const bytes = fs.createReadStream(file.name, { start, highWaterMark: chunkSize })
  // A failure of either stream reaches the reader through the decoder, so there is nothing left to do here.
  stream.pipeline(bytes, decoder, () => {})
  return { start, decoder, chunks: decoder[Symbol.asyncIterator]() }
}

const damage = (file: SourceFile, compression: "gzip" | "zstd", { start, decoder }: Decompression, cause: unknown) => {
  const { code, message, syscall } = cause as NodeJS.ErrnoException
  const place = `byte ${start + decoder.bytesWritten}`
  if (syscall !== undefined) return readFailure(file.name, cause, place)
  if (code === "Z_BUF_ERROR") return cutOff(file, compression, start + decoder.bytesWritten)
  // How far the decoder came is not known here, only where the frame under way starts.
  return sourceError(file.name, `damaged ${compression} data (${message})`, `${compression} data`, {
    place: `byte ${start} or later`
  })
}

const cutOff = (file: SourceFile, compression: "gzip" | "zstd", byte: number): SourceError =>
  sourceError(file.name, `the end of ${compression} data that go on`, "a complete file", { place: `byte ${byte}` })
