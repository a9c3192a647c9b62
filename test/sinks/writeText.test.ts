import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Run } from "../../src/Run.ts"
import { writeText } from "../../src/sinks/writeText.ts"
import { filesBelow } from "../contracts/sink.ts"

describe("writeText", () => {
  it.effect("writes UTF-8 and replaces what was there", () =>
    Effect.gen(function* () {
      const { folder } = yield* Run
      yield* writeText("deep/notes.md", "a longer text that is replaced")
      const written = yield* writeText("deep/notes.md", "é 😀\n")
      assert.deepInclude(written, { path: "deep/notes.md", rows: 0, bytes: 8 })
      assert.strictEqual(fs.readFileSync(path.join(folder, written.path), "utf8"), "é 😀\n")
      assert.deepStrictEqual(filesBelow(folder), ["deep/notes.md"])
    }).pipe(Effect.provide(Run.layerTemporary()))
  )
})
