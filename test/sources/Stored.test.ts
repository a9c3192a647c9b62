import { assert, describe, it } from "@effect/vitest"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { type Stored, storedDecimal, storedKind, storedReader, wholeOfBytes } from "../../src/sources/Stored.ts"

const read = (stored: Stored, value: number | bigint) => storedReader(stored)(value)

describe("Stored", () => {
  it("Stored reads moments and days as dates of JavaScript write them, before 1970 too", () => {
    const random = keyedRandom("stored moments")
    for (let i = 0; i < 500; i++) {
      const ms = Math.round((random() - 0.5) * 1.2e14)
      const iso = new Date(ms).toISOString()
      const plain = iso.slice(0, -1)
      assert.strictEqual(read({ kind: "timestamp", digits: 3, isUtc: true }, BigInt(ms)), iso)
      assert.strictEqual(read({ kind: "timestamp", digits: 3, isUtc: false }, ms), plain)
      const nanoseconds = BigInt(ms) * 1_000_000n + 7n
      assert.strictEqual(read({ kind: "timestamp", digits: 9, isUtc: false }, nanoseconds), `${plain}000007`)
      assert.strictEqual(read({ kind: "timestamp", digits: 6, isUtc: true }, BigInt(ms) * 1000n), `${plain}000Z`)
      const day = Math.floor(ms / 86_400_000)
      const startOfDay = iso.slice(0, iso.indexOf("T"))
      assert.strictEqual(read({ kind: "date" }, day), startOfDay)
      assert.strictEqual(read({ kind: "day in milliseconds" }, BigInt(day) * 86_400_000n), startOfDay)
    }
    assert.strictEqual(read({ kind: "timestamp", digits: 0, isUtc: false }, 0n), "1970-01-01T00:00:00")
    assert.strictEqual(read({ kind: "day in milliseconds" }, 1n), "1970-01-01T00:00:00.001Z")
  })

  it("Stored reads times of the day, and leaves what no clock or calendar has as the number it is", () => {
    assert.strictEqual(read({ kind: "time", digits: 0 }, 86_399), "23:59:59")
    assert.strictEqual(read({ kind: "time", digits: 3 }, 3_723_004), "01:02:03.004")
    assert.strictEqual(read({ kind: "time", digits: 9 }, 5n), "00:00:00.000000005")
    for (const value of [-1n, 86_400n]) assert.strictEqual(read({ kind: "time", digits: 0 }, value), String(value))
    const most = 2n ** 63n - 1n
    assert.strictEqual(read({ kind: "timestamp", digits: 0, isUtc: true }, most), String(most))
    assert.strictEqual(read({ kind: "date" }, 2 ** 31 - 1), String(2 ** 31 - 1))
  })

  it("Stored makes numbers of decimals that numbers keep, and texts with all digits of the others", () => {
    const decimal = (precision: number, scale: number) => ({ kind: "decimal", precision, scale }) as const
    assert.deepStrictEqual(
      [decimal(15, 0), decimal(15, 2), decimal(9, -2), decimal(16, 0), decimal(38, 4)].map(storedKind),
      ["int", "float", "int", "string", "string"]
    )
    // Zeros behind the digits count: a whole number that JavaScript does not keep is a text.
    for (let scale = -20; scale <= 0; scale++) {
      const largest = BigInt("9".repeat(9) + "0".repeat(-scale))
      const isSafe = largest <= BigInt(Number.MAX_SAFE_INTEGER)
      assert.strictEqual(storedKind(decimal(9, scale)), isSafe ? "int" : "string", String(scale))
      const value = read(decimal(9, scale), 999_999_999n)
      assert.strictEqual(value, isSafe ? Number(largest) : String(largest))
    }
    assert.deepStrictEqual(
      [76, -76].map((scale) => storedDecimal(9, scale)),
      [decimal(9, 76), decimal(9, -76)]
    )
    for (const scale of [77, -77, 2e9, -2e9]) assert.isUndefined(storedDecimal(9, scale))
    const random = keyedRandom("stored decimals")
    for (let i = 0; i < 500; i++) {
      const scale = 1 + Math.floor(random() * 9)
      const value = Math.round((random() - 0.5) * 2e15)
      // A number of fifteen digits is the one nearest to its text, so that its text is the same again.
      assert.strictEqual(
        Number(read(decimal(15, scale), value)).toFixed(scale),
        String(read(decimal(16, scale), value))
      )
    }
    assert.strictEqual(read(decimal(3, 2), -3), -0.03)
    assert.strictEqual(read(decimal(20, 3), 0n), "0.000")
    assert.strictEqual(read(decimal(20, -3), -12n), "-12000")
    assert.strictEqual(read(decimal(38, 20), 10n ** 30n + 1n), "10000000000.00000000000000000001")
  })

  it("Stored reads whole numbers of bytes in two's complement", () => {
    assert.strictEqual(wholeOfBytes(Uint8Array.of(0, 255)), 255n)
    assert.strictEqual(wholeOfBytes(Uint8Array.of(255, 254)), -2n)
    assert.strictEqual(wholeOfBytes(Uint8Array.of(128)), -128n)
    assert.strictEqual(wholeOfBytes(new Uint8Array()), 0n)
  })
})
