import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { fileLines } from "../src/fileLines.ts"

const withFile = (text: string, look: (file: string) => void) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-lines-"))
  try {
    fs.writeFileSync(path.join(folder, "lines"), text)
    look(path.join(folder, "lines"))
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

describe("fileLines", () => {
  it("fileLines reads lines that are longer than a chunk and cut inside a character", () => {
    const lines = ["é".repeat(700_000), "", "b", "ü".repeat(1_100_001)]
    withFile(`${lines.join("\n")}\n`, (file) => assert.deepStrictEqual([...fileLines(file)], lines))
  })

  it("fileLines leaves out what has no line break behind it", () => {
    withFile("a\nb", (file) => assert.deepStrictEqual([...fileLines(file)], ["a"]))
    withFile("", (file) => assert.deepStrictEqual([...fileLines(file)], []))
  })

  it("fileLines takes the last line without a break where it may be open", () => {
    withFile("a\nb", (file) => assert.deepStrictEqual([...fileLines(file, true)], ["a", "b"]))
    withFile("a\n", (file) => assert.deepStrictEqual([...fileLines(file, true)], ["a"]))
  })
})
