import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { isRefusal } from "../../src/formats/Format.ts"
import { formats } from "../../src/formats/formats.ts"
import { holdingOf, pairOf } from "../contracts/format.ts"

const folder = path.resolve(import.meta.dirname, "../../src/formats")

describe("formats", () => {
  it("formats have a file each, named after them, and names that differ", () => {
    const files = fs.readdirSync(folder)
    for (const { name } of formats) {
      const file = `${name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())}.ts`
      assert.include(files, file)
    }
    assert.strictEqual(new Set(formats.map(({ name }) => name)).size, formats.length)
  })

  it("formats that are read as another name one that is there", () => {
    const names = formats.map(({ name }) => name)
    for (const { readAs } of formats) if (readAs !== undefined) assert.include(names, readAs)
  })

  it("formats of pairs write a plain pair and refuse prompts alone", () => {
    const record = pairOf([["user", "What is the answer?"]], "It is forty-two.", "It is forty-one.")
    for (const format of formats.filter(({ reads }) => reads.includes("pair") || reads.includes("ranked"))) {
      const pairs = format.writer(holdingOf({ kind: "pair", style: "messages", fields: [], keepsExtra: false }))
      if (isRefusal(pairs)) return assert.fail(`${format.name}: ${pairs.found}`)
      const rows: Array<Readonly<Record<string, unknown>>> = []
      assert.isUndefined(pairs.write(record, rows), format.name)
      assert.strictEqual(rows.length, 1)
      if (format.reads.includes("prompt")) continue
      const prompts = format.writer(holdingOf({ kind: "prompt", style: "text", fields: [], keepsExtra: false }))
      assert.isTrue(isRefusal(prompts), format.name)
    }
  })
})
