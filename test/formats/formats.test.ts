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

  it("formats keep the contract each, for every kind of record that they read", () => {
    for (const { name, reads } of formats) {
      const camel = name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
      const test = fs.readFileSync(path.join(import.meta.dirname, `${camel}.test.ts`), "utf8")
      // Lists and single replies are read of what people annotated in Argilla, lists of what distilabel rated; pairs alone are written.
      for (const kind of reads.filter((one) => !["argilla", "distilabel"].includes(name) || one === "pair")) {
        const contract = new RegExp(`formatContract\\(\\{\\s*format: ${camel},\\s*kind: "${kind}"`)
        if (name === "votes") assert.include(test, "recordsOf(contract)")
        else assert.match(test, contract, `${name}, ${kind}`)
      }
    }
  })

  it("formats that are read as another name one that is there", () => {
    const names = formats.map(({ name }) => name)
    for (const { readAs } of formats) if (readAs !== undefined) assert.include(names, readAs)
  })

  it("formats of pairs write a plain pair and refuse prompts alone", () => {
    const plain = pairOf([["user", "What is the answer?"]], "It is forty-two.", "It is forty-one.")
    const record = { ...plain, candidates: plain.candidates.map((one, i) => ({ ...one, score: 4 - i })) }
    for (const format of formats.filter(({ reads }) => reads.includes("pair") || reads.includes("ranked"))) {
      const pairs = format.writer(holdingOf({ kind: "pair", style: "messages", fields: ["scores"], keepsExtra: false }))
      if (isRefusal(pairs)) return assert.fail(`${format.name}: ${pairs.found}`)
      const rows: Array<Readonly<Record<string, unknown>>> = []
      assert.isUndefined(pairs.write(record, rows), format.name)
      assert.strictEqual(rows.length, format.name === "helpsteer-ratings" ? 2 : 1)
      if (format.reads.includes("prompt")) continue
      const prompts = format.writer(holdingOf({ kind: "prompt", style: "text", fields: [], keepsExtra: false }))
      assert.isTrue(isRefusal(prompts), format.name)
    }
  })
})
