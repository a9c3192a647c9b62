import { assert, describe, it } from "@effect/vitest"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { ByteBounds } from "../../src/sinks/ByteBounds.ts"

/** Texts that differ late, are starts of each other, end in zeros or are empty. */
const pieces = ["", "\0", "\0\0", "a", "abcde", "abcdef", "abcdefg", "é", "模", "\u{ffff}", "\u{10000}"]

describe("ByteBounds", () => {
  it("ByteBounds finds the first and the last text in byte order", () => {
    const random = keyedRandom("byte bounds")
    const piece = () => pieces[Math.floor(random() * pieces.length)]!
    const bounds = new ByteBounds()
    for (let round = 0; round < 500; round++) {
      const texts = Array.from({ length: 1 + Math.floor(random() * 8) }, () => Buffer.from(piece() + piece() + piece()))
      // Other bytes stand round the texts, as the lengths do in a page.
      const buffer = Buffer.concat(texts.flatMap((text) => [Buffer.from("~~"), text, Buffer.from("\u0001")]))
      let at = 0
      for (const text of texts) {
        bounds.note(buffer, at + 2, at + 2 + text.length)
        at += text.length + 3
      }
      const sorted = texts.toSorted((a, b) => Buffer.compare(a, b))
      const found = bounds.take(buffer)!
      assert.deepStrictEqual(
        [Buffer.from(found.min as Uint8Array), Buffer.from(found.max as Uint8Array)],
        [sorted[0]!, sorted.at(-1)!]
      )
    }
    assert.isUndefined(bounds.take(Buffer.alloc(0)))
  })
})
