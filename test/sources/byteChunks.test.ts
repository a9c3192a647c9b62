import * as fs from "node:fs"
import * as path from "node:path"
import * as zlib from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { byteChunks } from "../../src/sources/byteChunks.ts"
import { temporaryFolder } from "../contracts/source.ts"

const long = Buffer.from(Array.from({ length: 600_000 }, (_, i) => `line ${i}`).join("\n"))
const bom = Buffer.from([0xef, 0xbb, 0xbf])

/** What a consumer sees that looks at a chunk as late as it may: when there was time to read on. */
const readSlowly = (name: string, lent: boolean) =>
  Effect.gen(function* () {
    const seen: Array<Buffer> = []
    const chunks = byteChunks({ name, bytes: fs.statSync(name).size }, "text", undefined, lent)
    yield* Stream.runForEach(chunks, (chunk) =>
      Effect.gen(function* () {
        yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 5)))
        seen.push(Buffer.from(chunk))
      })
    )
    return { seen, bytes: Buffer.concat(seen) }
  })

describe("byteChunks", () => {
  it.effect.each([false, true])("byteChunks gives the bytes of a file in their order, lent: %s", (lent) =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const name = path.join(folder, "long.txt")
      for (const [bytes, wanted] of [
        [long, long],
        [Buffer.concat([bom, long]), long],
        [Buffer.from("x"), Buffer.from("x")]
      ] as const) {
        fs.writeFileSync(name, bytes)
        const found = yield* readSlowly(name, lent)
        assert.isTrue(found.bytes.equals(wanted))
        if (bytes.length > 1) assert.isAbove(found.seen.length, 4)
      }
      fs.writeFileSync(`${name}.gz`, zlib.gzipSync(long))
      const found = yield* readSlowly(`${name}.gz`, lent)
      assert.isTrue(found.bytes.equals(long))
    })
  )
})
