import { assert, describe, it } from "@effect/vitest"
import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as zlib from "node:zlib"
import { zstdFrameEnd } from "../../src/sources/zstdFrameEnd.ts"

const inFile = (bytes: Uint8Array, look: (file: string) => void): void => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-zstd-"))
  try {
    const file = path.join(folder, "a.zst")
    fs.writeFileSync(file, bytes)
    look(file)
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

const texts = [
  Buffer.alloc(0),
  Buffer.from("a"),
  Buffer.alloc(1_000_000, "x"),
  Buffer.from(crypto.hash("sha512", "random", "buffer").toString("base64").repeat(9000)),
  Buffer.concat(Array.from({ length: 9000 }, (_, i) => crypto.hash("sha512", String(i), "buffer")))
]

describe("zstdFrameEnd", () => {
  it.each([0, 1])("zstdFrameEnd finds the end of every frame, checksum flag %i", (checksum) => {
    for (const text of texts) {
      const frame = zlib.zstdCompressSync(text, { params: { [zlib.constants.ZSTD_c_checksumFlag]: checksum } })
      inFile(Buffer.concat([frame, frame]), (file) => {
        assert.strictEqual(zstdFrameEnd(file, 0), frame.length)
        assert.strictEqual(zstdFrameEnd(file, frame.length), 2 * frame.length)
      })
    }
  })

  it("zstdFrameEnd is null wherever a frame is cut off", () => {
    const frame = zlib.zstdCompressSync(texts[4]!)
    for (const length of [1, 4, 5, 8, 100, Math.floor(frame.length / 2), frame.length - 1]) {
      inFile(frame.subarray(0, length), (file) => assert.isNull(zstdFrameEnd(file, 0), String(length)))
    }
  })

  it("zstdFrameEnd steps over a skippable frame", () => {
    const skippable = Buffer.concat([Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0]), Buffer.from("abc")])
    inFile(skippable, (file) => assert.strictEqual(zstdFrameEnd(file, 0), 11))
    inFile(skippable.subarray(0, 10), (file) => assert.isNull(zstdFrameEnd(file, 0)))
  })
})
