import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Yaml from "effect/encoding/Yaml"
import { writeYaml } from "../../src/report/writeYaml.ts"
import { nasty } from "./fixture.ts"

describe("writeYaml", () => {
  it("writeYaml writes what a reader gets back", () => {
    const value = {
      plain: "word",
      numbers: [0, -1.5, 1e21],
      flags: { yes: true, no: false },
      empty: [],
      none: {},
      nested: [{ a: "1", b: [{ c: "x" }, { d: [] }] }, { e: "y" }],
      tricky: [
        "no",
        "null",
        "~",
        "1.0",
        "0x1f",
        "12:30",
        "2026-01-01",
        "- a",
        "a: b",
        "a #b",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "'",
        '"',
        "",
        " a "
      ],
      ...nasty
    }
    const { loneSurrogate, ...expected } = value
    const parsed: any = Yaml.parse(writeYaml(value))
    const { loneSurrogate: half, ...rest } = parsed
    assert.deepStrictEqual(rest, expected)
    assert.strictEqual(half, loneSurrogate.toWellFormed())
  })

  it.prop(
    "writeYaml writes any key and any text on one line each",
    { key: Schema.NonEmptyString, text: Schema.String },
    ({ key, text }) => {
      const written = writeYaml({ [key]: [text] })
      assert.strictEqual(written.split(/\r\n|[\n\r\u0085\u2028\u2029]/).length, 3)
      assert.deepStrictEqual(Yaml.parse(written), { [key.toWellFormed()]: [text.toWellFormed()] })
    }
  )
})
