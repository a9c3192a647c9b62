import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import { HubError } from "./HubError.ts"
import type { HubBody, HubReply, HubTransport } from "./HubTransport.ts"
import type { LfsAction } from "./LfsObject.ts"
import type { PushFile } from "./PushFile.ts"

const partsAtOnce = 4

/**
 * Sends the bytes of a file to the storage for large files, in one piece or in parts, as the action says.
 *
 * The file is read while it is sent; memory is a few buffers. A part that fails is sent again by itself. The addresses are signed, so
 * no token goes there, and errors name the host alone. `onBytes` gets what went out; a try that failed gives its bytes back.
 * Fails with `refused` where an address is no longer good, which a new action cures, and with `malformed` where parts do not add up.
 *
 * Source: `_upload_single_part` and `_upload_multi_part` of huggingface_hub, `src/huggingface_hub/lfs.py`
 */
export const sendLargeFile = (
  transport: HubTransport,
  file: PushFile,
  { header = {}, href }: LfsAction,
  onBytes: (n: number) => void
): Effect.Effect<void, HubError> => {
  const action = `send "${file.path}"`
  const { chunk_size: chunkSize, ...headers } = header
  const send = (url: string, start: number, end: number, more: Readonly<Record<string, string>>) =>
    Effect.flatMap(
      transport.send({ method: "PUT", url, headers: more, body: sliceOf(file, start, end, onBytes), action }),
      (reply) => fine(action, url, reply)
    )
  if (chunkSize === undefined) return Effect.asVoid(send(href, 0, file.bytes, headers))
  return Effect.gen(function* () {
    const urls = Object.entries(headers)
      .filter(([name]) => /^\d+$/.test(name))
      .map(([name, url]) => ({ number: Number(name), url }))
      .toSorted((a, b) => a.number - b.number)
    const size = Number(chunkSize)
    if (!Number.isSafeInteger(size) || size < 1 || urls.length !== Math.ceil(file.bytes / size)) {
      return yield* malformed(action, `${urls.length} parts of ${chunkSize} bytes`, `parts for ${file.bytes} bytes`)
    }
    const parts = yield* Effect.forEach(
      urls,
      Effect.fnUntraced(function* ({ url }, i) {
        const reply = yield* send(url, i * size, Math.min(file.bytes, (i + 1) * size), {})
        const etag = reply.header("etag") ?? ""
        if (etag === "") return yield* malformed(action, `no ETag for part ${i + 1}`, "one for each part")
        return { partNumber: i + 1, etag }
      }),
      { concurrency: partsAtOnce }
    )
    const reply = yield* transport.send({
      method: "POST",
      url: href,
      headers: { accept: "application/vnd.git-lfs+json", "content-type": "application/vnd.git-lfs+json" },
      body: JSON.stringify({ oid: file.sha256, parts }),
      action
    })
    yield* fine(action, href, reply)
  })
}

const fine = (action: string, url: string, reply: HubReply): Effect.Effect<HubReply, HubError> =>
  reply.status >= 200 && reply.status <= 299
    ? Effect.succeed(reply)
    : Effect.fail(
        new HubError({
          reason: "refused",
          action,
          found: `status ${reply.status} from the storage at ${new URL(url).host}`,
          wanted: "status 200",
          remedy: "run the same command again; see that no other program changes the file"
        })
      )

const malformed = (action: string, found: string, wanted: string): HubError =>
  new HubError({ reason: "malformed", action, found, wanted, remedy: "run the same command again" })

const sliceOf = ({ file }: PushFile, start: number, end: number, onBytes: (n: number) => void): HubBody => {
  let told = 0
  const tell = (n: number) => {
    told += n
    onBytes(n)
  }
  return {
    bytes: end - start,
    open: async function* () {
      if (told > 0) tell(-told)
      // The end of a file stream is its last byte.
      const stream = fs.createReadStream(file, { start, end: end - 1, highWaterMark: 1 << 18 })
      for await (const bytes of stream as AsyncIterable<Buffer>) {
        yield bytes
        tell(bytes.length)
      }
    }
  }
}
