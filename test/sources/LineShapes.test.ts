import { assert, describe, it } from "@effect/vitest"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { LineShapes } from "../../src/sources/LineShapes.ts"

/** The line, with other bytes round it as in a chunk. */
const around = (line: string) => {
  const bytes = Buffer.from(`"}\n${line}\n{"`)
  return [bytes, 3, 3 + Buffer.byteLength(line)] as const
}

/** Puts what the slots hold back between the literals; null when the shape is not known. */
const match = (shapes: LineShapes, line: string): string | null => {
  const shape = shapes.match(...around(line))
  if (shape === undefined) return null
  return shape.literals
    .map((literal, i) => {
      const slot = shape.slots[i]
      if (slot === undefined) return literal
      if (slot.kind === "number") return `${literal}${JSON.stringify(shapes.numbers[i])}`
      return literal + JSON.stringify(shapes.texts[i]!.toString()).slice(1, -1)
    })
    .join("")
}

const learn = (...lines: ReadonlyArray<string>): LineShapes => {
  const shapes = new LineShapes(false)
  for (const line of lines) shapes.learn(...around(line))
  return shapes
}

const random = keyedRandom("line shapes")
const texts = ["", "a", "a b", "{", "}", '"', "\\", "\n", '","x":1', "模", "é𝒳", ": ", "user", "null", "\u0001x"]

const anyValue = (depth: number): unknown => {
  const n = Math.floor(random() * (depth > 2 ? 5 : 7))
  const several = () => Array.from({ length: Math.floor(random() * 3) }, () => anyValue(depth + 1))
  switch (n) {
    case 0:
      return null
    case 1:
      return random() < 0.5
    case 2:
      return (random() - 0.5) * 10 ** Math.floor(random() * 30 - 10)
    case 5:
      return several()
    case 6:
      return Object.fromEntries(several().map((value, i) => [`${texts[Math.floor(random() * 15)]!}${i}`, value]))
    default:
      return texts[Math.floor(random() * texts.length)]!
  }
}

describe("LineShapes", () => {
  it("LineShapes finds in a line what JSON.parse finds, whatever it was learnt from", () => {
    const shapes = new LineShapes(false)
    let nFound = 0
    for (let i = 0; i < 4000; i++) {
      const row = { a: anyValue(1), b: anyValue(1), role: "user" }
      for (const line of [JSON.stringify(row), JSON.stringify(row, null, 1).replaceAll("\n", " ")]) {
        const found = match(shapes, line)
        if (found === null) shapes.learn(...around(line))
        else {
          nFound++
          assert.deepStrictEqual(JSON.parse(found), row, line)
        }
      }
    }
    assert.isAbove(nFound, 1000)
  })

  it("LineShapes knows a line again when its texts and numbers are others", () => {
    const shapes = learn('{"a": [{"role": "user", "content": "x"}], "n": 1.5, "t": true}')
    const line = (role: string, content: string, n: string, t: string) =>
      `{"a": [{"role": "${role}", "content": ${JSON.stringify(content)}}], "n": ${n}, "t": ${t}}`
    const same = line("user", 'a "longer" text\n模', "-7", "true")
    assert.strictEqual(match(shapes, same), same)
    const others = [
      line("assistant", "x", "1", "true"),
      line("user", "x", "1", "false"),
      line("user", "", "1", "true"),
      line("user", " \n", "1", "true"),
      line("user", "x", "null", "true"),
      line("user", "x", "1e999", "true"),
      line("user", "x", "01", "true"),
      line("user", "x", "1", "true").replace('"n"', '"m"'),
      line("user", "x", "1", "true").replace(": ", ":"),
      `${line("user", "x", "1", "true")}}`,
      line("user", "x", "1", "true").slice(0, -1),
      line("user", "\\ud800", "1", "true").replace("\\\\", "\\"),
      "",
      "null"
    ]
    for (const other of others) assert.isNull(match(shapes, other), other)
  })

  it("LineShapes tells empty texts, null and more turns from what begins like them", () => {
    const lines = [
      '{"a":"x","b":["y"]}',
      '{"a":"","b":["y"]}',
      '{"a":null,"b":["y"]}',
      '{"a":"x","b":["y","z"]}',
      '{"a":"x","b":[]}'
    ]
    const shapes = learn(...lines)
    for (const line of lines) assert.strictEqual(match(shapes, line), line)
  })

  it("LineShapes says in which column a slot stands, and takes a role at the top for a text", () => {
    const shapes = learn('{"role":"x","b":{"c":[{"from":"human","value":"y"},2]}}')
    const shape = shapes.match(...around('{"role":"z","b":{"c":[{"from":"human","value":"w"},3]}}'))
    assert.deepStrictEqual(shape?.slots, [
      { kind: "text", column: "role" },
      { kind: "text", column: "b" },
      { kind: "number", column: "b" }
    ])
  })

  it("LineShapes cuts a text at the markers of a transcript where it is told to", () => {
    const shapes = new LineShapes(true)
    const line = JSON.stringify({ chosen: "\n\nHuman: a\n\nAssistant: b\nc" })
    shapes.learn(...around(line))
    const other = JSON.stringify({ chosen: "\n\nHuman: what?\n\nAssistant: this" })
    assert.strictEqual(match(shapes, other), other)
    assert.isNull(match(shapes, JSON.stringify({ chosen: "\n\nHuman: a\n\nAssistant: b\n\nHuman: c" })))
  })
})
