import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { type FlatField, FlatLine } from "../../src/sources/FlatLine.ts"
import { Utf8Text } from "../../src/Utf8Text.ts"

const fields: ReadonlyArray<FlatField> = [
  { name: "text", kind: "string", nullable: true },
  { name: "n", kind: "int", nullable: true },
  { name: "x", kind: "float", nullable: true },
  { name: 'odd "key"', kind: "boolean", nullable: false }
]

const scan = (line: string, flat = new FlatLine(fields)): ReadonlyArray<unknown> | null => {
  // Other bytes stand round the line, as in a chunk.
  const bytes = Buffer.from(`"}\n${line}\n{"`)
  const start = 3
  return flat.scan(bytes, start, start + Buffer.byteLength(line))
    ? flat.values.map((value) => (value instanceof Utf8Text ? value.toString() : value))
    : null
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

describe("FlatLine", () => {
  it("FlatLine reads what JSON.parse reads, with escapes of any kind", () => {
    const random = keyedRandom("flat line")
    const flat = new FlatLine(fields)
    for (let i = 0; i < 2000; i++) {
      const text = Array.from(
        { length: Math.floor(random() * 12) },
        () => pieces[Math.floor(random() * pieces.length)]!
      ).join("")
      const digits = 1 + Math.floor(random() * 7)
      const row = {
        text: random() < 0.1 ? null : text,
        n: random() < 0.1 ? null : Math.floor((random() - 0.5) * 10 ** (2 * digits)),
        x: random() < 0.1 ? null : Number(((random() - 0.5) * 10 ** digits).toFixed(digits)),
        'odd "key"': random() < 0.5
      }
      const plain = JSON.stringify(row)
      const spaced = plain.replace('"n":', ' "n": ')
      for (const line of [plain, ascii(plain), spaced]) {
        const values = scan(line, flat)
        if (values === null) assert.match(line, /e[+-]?\d/, line)
        else assert.deepStrictEqual(values, Object.values(JSON.parse(line)), line)
      }
    }
  })

  it("FlatLine agrees with JSON.parse about any two characters of ASCII at any place of a text", () => {
    const flat = new FlatLine([{ name: "text", kind: "string", nullable: false }])
    const around = ["", "é", "ab\u0080", "!#[]", "\u{10ffff}xyz"]
    for (let a = 0; a < 128; a++) {
      for (let b = 0; b < 128; b++) {
        for (const before of around) {
          const line = `{"text":"${before}${String.fromCharCode(a, b)}${around[(a + b) % around.length]!}"}`
          const parsed = Option.getOrNull(Option.liftThrowable(() => JSON.parse(line) as { readonly text: string })())
          const values = scan(line, flat)
          if (parsed === null) assert.isNull(values, JSON.stringify(line))
          else assert.deepStrictEqual(values, [parsed.text], line)
        }
      }
    }
  })

  it("FlatLine leaves to a parser what is no such object, and what is no JSON", () => {
    const good = '{"text":"t","n":1,"x":1.5,"odd \\"key\\"":true}'
    assert.deepStrictEqual(scan(good), ["t", 1, 1.5, true])
    const bad = [
      good.replace('"n"', '"m"'),
      good.replace(',"n":1', ""),
      good.replace('"x":1.5', '"x":1.5,"y":2'),
      good.replace("1.5", "1e5"),
      good.replace("1.5", "01.5"),
      good.replace("1.5", "1."),
      good.replace("1.5", ".5"),
      good.replace("1.5", "-"),
      good.replace("1.5", "1.2345678901234567"),
      good.replace('"n":1', '"n":1.0'),
      good.replace('"n":1', '"n":"1"'),
      good.replace("true", "null"),
      good.replace("true", "tru"),
      good.replace('"t"', '"\\ud800"'),
      good.replace('"t"', '"\\ud800\\u0041"'),
      good.replace('"t"', '"\\udc00"'),
      good.replace('"t"', '"\\u00g0"'),
      good.replace('"t"', '"\\x"'),
      good.replace('"t"', '"a\tb"'),
      good.replace('"t"', '"\\n\tb"'),
      good.replace('"t"', '"t'),
      good.replace('"t"', "t"),
      good.replace('"t"', '["t"]'),
      good.slice(0, -1),
      `${good} `,
      `${good}}`,
      "{}",
      "",
      "null"
    ]
    for (const line of bad) assert.isNull(scan(line), line)
    // At the very end of a buffer there is nothing behind an open text.
    for (let n = 0; n < 9; n++) {
      const bytes = Buffer.from(`{"text":"${"x".repeat(n)}}`)
      assert.isFalse(new FlatLine(fields).scan(bytes, 0, bytes.length))
    }
  })
})
