import { assert, describe, it } from "@effect/vitest"
import { hash32, mixBits } from "../../src/math/hash32.ts"

describe("hash32", () => {
  it("hash32 of a part is the hash of the part alone", () => {
    assert.strictEqual(hash32("abcdef", 7, 2, 5), hash32("cde", 7))
    assert.notStrictEqual(hash32("cde", 7), hash32("cde", 8))
  })

  it("hash32 spreads neighbouring texts evenly over the low bits", () => {
    const counts = new Int32Array(64)
    for (let i = 0; i < 64_000; i++) counts[hash32(`word${i}`, 1) & 63]!++
    // Chi-square with 63 degrees of freedom: 99.99 % lie below 114.
    assert.isBelow(
      counts.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0),
      114
    )
  })

  it("mixBits follows the finaliser of MurmurHash3", () => {
    // From the published C code.
    const finaliser = (value: bigint) => {
      const mask = 0xffffffffn
      let h = value & mask
      h ^= h >> 16n
      h = (h * 0x85ebca6bn) & mask
      h ^= h >> 13n
      h = (h * 0xc2b2ae35n) & mask
      return h ^ (h >> 16n)
    }
    for (const value of [0, 1, 2, 12345, 0x7fffffff, -1]) {
      assert.strictEqual(mixBits(value) >>> 0, Number(finaliser(BigInt(value >>> 0))))
    }
  })
})
