import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { OwnFiles } from "../../src/OwnFiles.ts"
import { Run } from "../../src/Run.ts"
import { writeText } from "../../src/sinks/writeText.ts"
import { writeTogether } from "../../src/sinks/writeTogether.ts"
import { filesBelow } from "../contracts/sink.ts"

const names = ["a.md", "b.md", "c.md"]

/** Writes the three files, each with its name and `text`; `between` is done before the last. */
const write = (text: string, between: Effect.Effect<unknown, unknown, Run> = Effect.void) =>
  writeTogether(
    names,
    Effect.gen(function* () {
      yield* writeText("a.md", text)
      yield* writeText("b.md", text)
      yield* between
      yield* writeText("c.md", text)
      return text
    })
  )

const textsIn = (folder: string) => names.map((name) => fs.readFileSync(path.join(folder, name), "utf8"))

describe("writeTogether", () => {
  it.effect("gives files their places when all are complete, and leaves those that were there when one fails", () =>
    Effect.gen(function* () {
      const { folder } = yield* Run
      const seen: Array<ReadonlyArray<string>> = []
      const look = Effect.sync(() => seen.push(fs.readdirSync(folder)))
      assert.strictEqual(yield* write("first", look), "first")
      assert.deepStrictEqual(seen, [[".prefloom"]])
      assert.deepStrictEqual(textsIn(folder), ["first", "first", "first"])
      assert.strictEqual(yield* Effect.flip(write("second", Effect.fail("full"))), "full")
      assert.deepStrictEqual(textsIn(folder), ["first", "first", "first"])
      yield* write("third")
      assert.deepStrictEqual(textsIn(folder), ["third", "third", "third"])
      assert.deepStrictEqual([...new OwnFiles(folder).names].toSorted(), names.toSorted())
      assert.deepStrictEqual(filesBelow(folder), names)
    }).pipe(Effect.provide(Run.layerTemporary()))
  )

  it.effect("replaces none where one would take the place of an input, of a folder or of somebody else's file", () =>
    Effect.gen(function* () {
      const { folder, inputs } = yield* Run
      yield* write("first")
      const refused = Effect.map(Effect.flip(write("second")), String)
      fs.rmSync(path.join(folder, "c.md"))
      fs.mkdirSync(path.join(folder, "c.md"))
      assert.include(yield* refused, "a folder of that name")
      fs.rmdirSync(path.join(folder, "c.md"))
      // What is gone is noted no more, so that what comes there is somebody else's.
      new OwnFiles(folder).add(path.join(folder, "a.md"))
      fs.writeFileSync(path.join(folder, "c.md"), "first")
      assert.include(yield* refused, "which no command of Prefloom wrote")
      assert.deepStrictEqual(textsIn(folder), ["first", "first", "first"])
      fs.rmSync(path.join(folder, "c.md"))
      inputs.add(path.join(folder, "a.md"))
      assert.include(yield* refused, "which this run reads")
      assert.isFalse(fs.existsSync(path.join(folder, "c.md")))
    }).pipe(Effect.provide(Run.layerTemporary()))
  )
})
