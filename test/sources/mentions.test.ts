import * as fs from "node:fs"
import * as path from "node:path"
import * as zlib from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mentions } from "../../src/sources/mentions.ts"
import { temporaryFolder } from "../contracts/source.ts"

const word = '"split"'

describe("mentions", () => {
  it.effect("mentions finds a text wherever chunks end, and no part of one", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const mib = 1 << 20
      const find = (name: string, bytes: Buffer) => {
        const file = path.join(folder, name)
        fs.writeFileSync(file, bytes)
        return mentions({ name: file, bytes: bytes.length }, word)
      }
      for (let at = mib - word.length; at <= mib; at++) {
        const text = Buffer.from(`${"x".repeat(at)}${word}${"y".repeat(50)}`)
        assert.isTrue(yield* find("long.jsonl", text), `at ${at}`)
        assert.isTrue(yield* find("long.jsonl.gz", zlib.gzipSync(text, { level: 1 })), `at ${at}, compressed`)
      }
      assert.isTrue(yield* find("start.jsonl", Buffer.from(word)))
      assert.isFalse(yield* find("other.jsonl", Buffer.from(`${word.slice(0, -1)}${"x".repeat(mib)}split"`)))
    })
  )
})
