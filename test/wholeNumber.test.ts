import { assert, describe, it } from "@effect/vitest"
import { keyedRandom } from "../src/math/keyedRandom.ts"
import { wholeNumber } from "../src/wholeNumber.ts"

describe("wholeNumber", () => {
  it("wholeNumber is a number up to 2^53", () => {
    for (const digits of ["0", "-0", "7", "-9007199254740991", "9007199254740991"]) {
      assert.strictEqual(wholeNumber(digits), Number(digits))
    }
  })

  it("wholeNumber is a bigint for numbers that would be written with other digits", () => {
    for (const digits of ["9007199254740993", "-1234567890123456789", "18446744073709551615", `1${"0".repeat(21)}`]) {
      assert.strictEqual(wholeNumber(digits), BigInt(digits))
    }
  })

  it("wholeNumber keeps all digits of any whole number, and any number that JavaScript writes in digits", () => {
    const random = keyedRandom("whole number")
    for (let i = 0; i < 2000; i++) {
      const nDigits = 1 + Math.floor(random() * 24)
      const digits = Array.from({ length: nDigits }, (_, at) => Math.floor(random() * 9) + (at === 0 ? 1 : 0)).join("")
      assert.strictEqual(String(wholeNumber(digits)), digits)
      const number = Math.round(random() * 10 ** (nDigits - 4))
      assert.strictEqual(wholeNumber(String(number)), number)
    }
  })
})
