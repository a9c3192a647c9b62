import type * as fs from "node:fs"
import type * as Arrow from "apache-arrow"
import * as Effect from "effect/Effect"
import { checkArrowFooter, checkMessage } from "./checkMessage.ts"
import { readBytes } from "./openFile.ts"
import { type SourceError, sourceError } from "./SourceError.ts"
import type { SourceFile } from "./sourceFiles.ts"

/** Where one message of Arrow lies in its file, and the rows it brings. */
export interface ArrowMessage {
  readonly start: number
  readonly end: number
  readonly kind: "schema" | "dictionary" | "batch"
  readonly nRows: number
}

/** A file that is open, and the module that decodes it. */
export interface OpenedFile {
  readonly file: SourceFile
  readonly handle: fs.promises.FileHandle
  readonly arrow: typeof Arrow
}

const complete = "a complete Arrow file or stream"

/** Lists the messages of a stream without reading their bodies. Lengths are checked, and the end mark has to be there. */
export const streamMessages = (opened: OpenedFile): Effect.Effect<ReadonlyArray<ArrowMessage>, SourceError> =>
  Effect.gen(function* () {
    const { file } = opened
    const messages: Array<ArrowMessage> = []
    for (let start = 0; ;) {
      const message = yield* readMessage(opened, start, file.bytes)
      if (message === undefined) return messages
      const place = `byte ${start}`
      if ((start === 0) !== (message.kind === "schema")) {
        return yield* sourceError(file.name, `a ${message.kind}`, "one schema and then data", { place })
      }
      messages.push(message)
      start = message.end
    }
  })

/** Reads the schema of a file and lists its dictionaries and record batches, from the table at its end. */
export const fileMessages = (
  opened: OpenedFile
): Effect.Effect<{ readonly schema: Arrow.Schema; readonly messages: ReadonlyArray<ArrowMessage> }, SourceError> =>
  Effect.gen(function* () {
    const { file, handle } = opened
    const { Footer } = yield* Effect.promise(() => import("apache-arrow/ipc/metadata/file"))
    const tail = yield* readBytes(file, handle, Math.max(0, file.bytes - 10), 10)
    const place = `byte ${file.bytes}`
    if (file.bytes < 20 || tail.toString("latin1", 4) !== "ARROW1") {
      return yield* sourceError(file.name, 'no "ARROW1" at the end, so the file is cut off', "a complete Arrow file", {
        place
      })
    }
    const nFooter = tail.readInt32LE(0)
    const end = file.bytes - 10 - nFooter
    if (nFooter < 0 || end < 8) {
      return yield* sourceError(file.name, `a footer of ${nFooter} bytes`, `at most ${file.bytes - 18} bytes`, {
        place
      })
    }
    const bytes = yield* readBytes(file, handle, end, nFooter)
    const footer = yield* decoded(opened, "the footer", () => {
      checkArrowFooter(bytes)
      return Footer.decode(bytes)
    })
    const blocks = yield* decoded(opened, "the footer", () => [
      ...footer.dictionaryBatches(),
      ...footer.recordBatches()
    ])
    const messages = yield* Effect.forEach(blocks, ({ offset }) =>
      Effect.flatMap(readMessage(opened, offset, end), (message) =>
        message === undefined || message.kind === "schema"
          ? Effect.fail(sourceError(file.name, "no data", "a record batch or dictionary", { place: `byte ${offset}` }))
          : Effect.succeed(message)
      )
    )
    return { schema: footer.schema, messages }
  })

/** Reads where the message at a byte ends and what it is; gives nothing at the end mark. */
const readMessage = (
  opened: OpenedFile,
  start: number,
  limit: number
): Effect.Effect<ArrowMessage | undefined, SourceError> =>
  Effect.gen(function* () {
    const { file, handle, arrow } = opened
    const place = `byte ${start}`
    const prefix = yield* readBytes(file, handle, start, Math.max(0, Math.min(8, limit - start)))
    if (prefix.length < 4 || (prefix.length < 8 && prefix.readInt32LE(0) === -1)) {
      return yield* sourceError(file.name, "no end mark, so the stream is cut off", "a complete Arrow stream", {
        place
      })
    }
    // Since version 0.15 of the format the length comes behind four bytes of ones.
    const nPrefix = prefix.readInt32LE(0) === -1 ? 8 : 4
    const nMetadata = prefix.readInt32LE(nPrefix - 4)
    if (nMetadata === 0) return undefined
    if (nMetadata < 0 || start + nPrefix + nMetadata > limit) {
      const found = `a message of ${nMetadata} bytes where ${limit - start} are left`
      return yield* sourceError(file.name, found, complete, { place })
    }
    const metadata = yield* readBytes(file, handle, start + nPrefix, nMetadata)
    const { kind, nRows, nBody } = yield* decoded(opened, place, () => {
      checkMessage(metadata)
      return describeMessage(arrow.Message.decode(metadata))
    })
    const end = start + nPrefix + nMetadata + nBody
    if (!(nBody >= 0 && nRows >= 0 && end <= limit)) {
      const found = `a ${kind} of ${nRows} rows and ${nBody} bytes where ${limit - start} are left`
      return yield* sourceError(file.name, found, complete, { place })
    }
    return { start, end, kind, nRows }
  })

const describeMessage = (
  message: Arrow.Message
): { readonly kind: ArrowMessage["kind"]; readonly nRows: number; readonly nBody: number } => {
  const { bodyLength: nBody } = message
  if (message.isSchema()) return { kind: "schema", nRows: 0, nBody }
  if (message.isRecordBatch()) return { kind: "batch", nRows: message.header().length, nBody }
  if (message.isDictionaryBatch()) return { kind: "dictionary", nRows: 0, nBody }
  throw new RangeError(`a message of type ${message.headerType}`)
}

const decoded = <A>({ file }: OpenedFile, place: string, decode: () => A): Effect.Effect<A, SourceError> =>
  Effect.try({
    try: decode,
    catch: (cause) => {
      const reason = cause instanceof Error ? cause.message : String(cause)
      return sourceError(file.name, `damaged data (${reason})`, "Arrow data that can be decoded", { place })
    }
  })
