import * as crypto from "node:crypto"
import * as zlib from "node:zlib"
import { assert, describe, it, vi } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { PageCompressor } from "../../src/sinks/PageCompressor.ts"

/** Pages of words, some tiny, some alike, some of a single byte. */
const pages = Array.from({ length: 40 }, (_, i) => {
  const random = keyedRandom("page", i % 7)
  const nWords = [20, 30_000, 90_000][i % 3]!
  const words = Array.from({ length: nWords }, () => Math.floor(100 ** (1 + random())).toString(36))
  return i % 10 === 9 ? Buffer.alloc(1 << 20, i) : Buffer.from(words.join(" "))
})

/** Makes a check that what became of a page can be read again, and is the same whenever the page comes. */
const checking = () => {
  const known = new Map<string, Uint8Array>()
  return (page: Buffer, compressed: Uint8Array, name: string) => {
    assert.isTrue(zlib.zstdDecompressSync(compressed).equals(page), `${name} can be read again`)
    const content = crypto.hash("sha256", page)
    const before = known.get(content)
    if (before === undefined) known.set(content, Buffer.from(compressed))
    else assert.strictEqual(Buffer.compare(before, compressed), 0, `${name} has other bytes than before`)
  }
}

describe("PageCompressor", () => {
  it.effect("compresses a page to the same bytes whatever came before it and whoever else is at work", () =>
    Effect.gen(function* () {
      const compressor = yield* PageCompressor.scoped({ sink: "test", path: "" }, { kind: "zstd", level: 3 })
      const check = checking()
      const places = []
      const given = [...pages, ...pages.toReversed()]
      for (const page of given) {
        const buffer = compressor.takeBuffer(page.length)
        const whole = buffer.length < page.length ? Buffer.alloc(page.length) : buffer
        page.copy(whole)
        places.push(compressor.submit(whole, page.length))
        yield* compressor.room
      }
      const store = compressor.endGroup()
      yield* compressor.finished(store)
      // Each page comes twice or more, to whichever context is idle.
      for (const [i, place] of places.entries()) check(given[i]!, store.read(place), `page ${i}`)
    }).pipe(Effect.scoped)
  )

  it.effect("keeps the pages of each row group together while those of the next come in", () =>
    Effect.gen(function* () {
      const compressor = yield* PageCompressor.scoped({ sink: "test", path: "" }, { kind: "zstd", level: 3 })
      const check = checking()
      const submit = (page: Buffer) => compressor.submit(Buffer.from(page), page.length)
      for (let round = 0; round < 3; round++) {
        const firstPlaces = pages.map(submit)
        const first = compressor.endGroup()
        const secondPlaces = pages.toReversed().map(submit)
        const second = compressor.endGroup()
        assert.isTrue(compressor.isFull)
        yield* compressor.finished(first)
        for (const [i, place] of firstPlaces.entries()) {
          check(pages[i]!, first.read(place), `page ${i}`)
        }
        compressor.giveStore(first)
        yield* compressor.finished(second)
        for (const [i, place] of secondPlaces.entries()) {
          check(pages.at(-1 - i)!, second.read(place), `page ${i} from the end`)
        }
        compressor.giveStore(second)
        assert.isFalse(compressor.isFull)
      }
    }).pipe(Effect.scoped)
  )

  it.effect("has zstd write page after page to the same place", () =>
    Effect.gen(function* () {
      const compressor = yield* PageCompressor.scoped({ sink: "test", path: "" }, { kind: "zstd", level: 3 })
      const noise = crypto.randomBytes(1 << 20)
      const taken = vi.spyOn(Buffer, "allocUnsafe")
      yield* Effect.addFinalizer(() => Effect.sync(() => taken.mockRestore()))
      for (let i = 0; i < 40; i++) {
        compressor.submit(Buffer.from(noise), noise.length)
        const store = compressor.endGroup()
        yield* compressor.finished(store)
        compressor.giveStore(store)
      }
      assert.strictEqual(taken.mock.calls.filter(([nBytes]) => nBytes > 1 << 20).length, 1)
    }).pipe(Effect.scoped)
  )
})
