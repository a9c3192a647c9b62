import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { JsonScan, markerLength } from "../../src/sources/JsonScan.ts"
import { Utf8Text } from "../../src/Utf8Text.ts"

const parse = (json: string): unknown =>
  Option.getOrUndefined(Option.liftThrowable(() => JSON.parse(json) as unknown)())

/** Reads JSON of a text that ends where the line does, with other bytes behind it as in a chunk; undefined when it is left to a parser. */
const textOf = (json: string, scan = new JsonScan(false)): string | undefined => {
  const bytes = Buffer.from(`{"\n${json}\n{"`)
  const end = 3 + Buffer.byteLength(json)
  const text = new Utf8Text()
  scan.begin(bytes, 4, end)
  return scan.text(text) && bytes[scan.at] === 0x22 && scan.at === end - 1 ? text.toString() : undefined
}

const numberOf = (json: string): number => {
  const scan = new JsonScan(false)
  const bytes = Buffer.from(`${json},`)
  scan.begin(bytes, 0, bytes.length)
  const value = scan.number()
  return scan.at === bytes.length - 1 ? value : NaN
}

const pieces = [
  "a",
  " ",
  '"',
  "\\",
  "\n",
  "\t",
  "\b",
  "\f",
  "\r",
  "/",
  "é",
  "模型",
  "𝒳",
  "\u0001",
  "\u007f",
  "\u2028",
  "long text that is copied at once, not byte by byte"
]

const ascii = (json: string) =>
  json.replaceAll(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)

describe("JsonScan", () => {
  it("JsonScan reads the texts that JSON.parse reads, with escapes of any kind", () => {
    const random = keyedRandom("json scan")
    const scan = new JsonScan(false)
    for (let i = 0; i < 3000; i++) {
      const text = Array.from(
        { length: Math.floor(random() * 12) },
        () => pieces[Math.floor(random() * pieces.length)]!
      ).join("")
      const json = JSON.stringify(text)
      for (const written of [json, ascii(json)]) assert.strictEqual(textOf(written, scan), text)
    }
  })

  it("JsonScan agrees with JSON.parse about any two characters of ASCII at any place of a text", () => {
    const scan = new JsonScan(false)
    const around = ["", "é", "ab\u0080", "!#[]", "\u{10ffff}xyz"]
    for (let a = 0; a < 128; a++) {
      for (let b = 0; b < 128; b++) {
        for (const before of around) {
          const json = `"${before}${String.fromCharCode(a, b)}${around[(a + b) % around.length]!}"`
          assert.strictEqual(textOf(json, scan), parse(json) as string | undefined, JSON.stringify(json))
        }
      }
    }
  })

  it("JsonScan leaves to a parser what is no text, and half a character", () => {
    const bad = [
      '"\\ud800"',
      '"\\ud800\\u0041"',
      '"\\udc00"',
      '"\\u00g0"',
      '"\\x"',
      '"a\tb"',
      '"\\n\tb"',
      '"t',
      '"t\\"'
    ]
    for (const json of bad) assert.isUndefined(textOf(json), json)
    // At the very end of a buffer there is nothing behind an open text.
    for (let n = 0; n < 9; n++) {
      const scan = new JsonScan(false)
      const bytes = Buffer.from(`"${"x".repeat(n)}`)
      scan.begin(bytes, 1, bytes.length)
      assert.isFalse(scan.text(new Utf8Text()))
    }
  })

  it("JsonScan reads the numbers that JSON.parse reads, to the last digit, but for whole ones that lose some", () => {
    const random = keyedRandom("json scan numbers")
    const numbers = [
      "0",
      "-0",
      "1e5",
      "1E+2",
      "-1.5e-7",
      "1e999",
      "123456789012345678901234567890",
      "0.1234567890123456789"
    ]
    for (let i = 0; i < 3000; i++) {
      const value = (random() - 0.5) * 10 ** Math.floor(40 * random() - 20)
      numbers.push(
        String(value),
        value.toFixed(Math.floor(random() * 20)),
        value.toExponential(),
        String(Math.round(value)),
        String(BigInt(Math.round(random() * 2 ** 53)) * 7n)
      )
    }
    const isLost = (json: string) => /^-?\d{16,}$/.test(json) && String(JSON.parse(json)) !== json
    assert.isAbove(numbers.filter(isLost).length, 100)
    for (const json of numbers) assert.deepStrictEqual(numberOf(json), isLost(json) ? NaN : JSON.parse(json), json)
    assert.isNaN(numberOf("9007199254740993"))
    assert.strictEqual(numberOf("9007199254740991"), Number.MAX_SAFE_INTEGER)
    for (const json of ["01.5", "-01", "1.", ".5", "-", "1e", "1e+", "+1", "1.5.2", "0x1", "", "NaN"]) {
      assert.isNaN(numberOf(json), json)
    }
  })

  it("JsonScan compares texts of a line up to where one of them ends", () => {
    const scan = new JsonScan(false)
    const texts = ["", "a", "abcd", "abcde", "abcdefg", "abcdefgh", "abcdefgx", "b", "abXd"]
    const line = texts.map((text) => JSON.stringify(text)).join(",")
    scan.begin(Buffer.from(line), 0, line.length)
    const read = texts.map(() => {
      const into = new Utf8Text()
      scan.at = line.indexOf('"', scan.at) + 1
      assert.isTrue(scan.text(into))
      scan.at++
      return into
    })
    for (const [i, one] of texts.entries()) {
      for (const [j, other] of texts.entries()) {
        const alike = one.startsWith(other) || other.startsWith(one)
        assert.strictEqual(scan.startAlike(read[i]!, read[j]!), alike, `${one} ${other}`)
      }
    }
  })

  it("JsonScan stops at the markers of a transcript, as they are split by its format", () => {
    const marker = /\n\n(?:Human|Assistant): |\n\nAssistant:$/
    const random = keyedRandom("json scan markers")
    const parts = ["\n", "\n\n", "Human: ", "Human:", "Assistant: ", "Assistant:", " ", "a", "é"]
    const scan = new JsonScan(true)
    for (let i = 0; i < 5000; i++) {
      const text = Array.from({ length: 8 }, () => parts[Math.floor(random() * parts.length)]!).join("")
      const bytes = Buffer.from(`${JSON.stringify(text)},`)
      const found: Array<string> = []
      scan.begin(bytes, 1, bytes.length - 1)
      for (;;) {
        const into = new Utf8Text()
        assert.isTrue(scan.text(into))
        found.push(into.toString())
        const length = markerLength(bytes, scan.at)
        if (length === 0) break
        scan.at += length
      }
      assert.strictEqual(scan.at, bytes.length - 2)
      assert.deepStrictEqual(found, text.split(marker), JSON.stringify(text))
    }
  })

  it("JsonScan leaves to a parser what may be a marker in escapes", () => {
    for (const json of ['"\\u000a\\nHuman: "', '"\\n\\n\\u0048uman: "']) {
      assert.isString(textOf(json))
      assert.isUndefined(textOf(json, new JsonScan(true)), json)
    }
  })
})
