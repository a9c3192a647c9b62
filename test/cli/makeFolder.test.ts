import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeFolder } from "../../src/cli/makeFolder.ts"
import { countingPipeline, runPrefloom, temporaryFolder } from "./runPrefloom.ts"

const { folder, remove } = temporaryFolder({
  "votes.csv": "prompt,a,b,winner\np,x,y,a\n",
  "quick.ts": countingPipeline(0),
  file: "mine"
})
afterAll(remove)

describe("makeFolder", () => {
  it.effect("makeFolder makes a folder with all above it, and takes one that is there", () =>
    Effect.gen(function* () {
      const place = path.join(folder, "some", "where")
      yield* makeFolder(place)
      yield* makeFolder(place)
      assert.isTrue(fs.statSync(place).isDirectory())
    })
  )

  it.effect("makeFolder says what keeps it from making one", () =>
    Effect.gen(function* () {
      for (const [name, found] of [
        ["file", "a file in its place"],
        ["file/below", "a file in its place"],
        ["x".repeat(300), "ENAMETOOLONG"]
      ] as const) {
        const { message } = yield* Effect.flip(makeFolder(path.join(folder, name)))
        assert.match(message, /^Cannot write to ".*": found .*, expected a folder that can be written; .*--out/)
        assert.include(message, found)
      }
    })
  )

  it.effect("makeFolder makes none for results that would replace a file of somebody else", () =>
    Effect.gen(function* () {
      const { message } = yield* Effect.flip(makeFolder(folder, ["report.html", "file"]))
      assert.strictEqual(
        message,
        `Cannot write to "${folder}": found "${path.join(folder, "file")}", which no command of Prefloom wrote there, expected none, or its own: it would be replaced; move it away, or name another folder with --out`
      )
      yield* makeFolder(folder, ["report.html"])
    })
  )

  it.effect("makeFolder takes no sign for standard output for a folder", () =>
    Effect.gen(function* () {
      const { message } = yield* Effect.flip(makeFolder("-"))
      assert.match(message, /found the sign for standard output, expected a folder that can be written; .*--out/)
      assert.isFalse(fs.existsSync("-"))
    })
  )

  it.skipIf(process.platform !== "linux")("prefloom says at once that a system makes no folder", async () => {
    for (const words of [
      ["run", "quick.ts", "--out", "/proc/prefloom"],
      ["audit", "votes.csv", "--out", "/proc/prefloom/below"]
    ]) {
      const { code, stderr } = await runPrefloom(words, { cwd: folder })
      assert.strictEqual(code, 1)
      assert.match(
        stderr,
        /^Error: Cannot write to "\/proc\/prefloom.*": found E\w+: .*, expected a folder that can be/m
      )
    }
  })

  it.each([
    ["audit", "votes.csv"],
    ["clean", "votes.csv", "--treatment", "keep"],
    ["bench", "cleaners", "--pairs", "100000"]
  ])("prefloom %s says at once that there is a file where its folder is to be", async (...words) => {
    const { code, stderr } = await runPrefloom([...words, "--out", "file"], { cwd: folder })
    assert.strictEqual(code, 1)
    assert.match(stderr, /^Error: Cannot write to "file": found a file in its place/)
    assert.strictEqual(fs.readFileSync(path.join(folder, "file"), "utf8"), "mine")
  })
})
