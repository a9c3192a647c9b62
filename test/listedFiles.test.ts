import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { listedFiles } from "../src/listedFiles.ts"
import { temporaryFolder } from "./stages/collect.ts"

describe("listedFiles", () => {
  it.effect("listedFiles reads what a manifest of Prefloom lists, and no other file of that name", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      assert.isNull(listedFiles(folder))
      for (const [text, listed] of [
        ["{", null],
        ['{"name":"an app","files":[{"path":"a"}]}', null],
        ['{"prefloom":"0.1.0","files":[{"path":"a/b.parquet","rows":1},{"rows":2}]}', ["a/b.parquet"]]
      ] as const) {
        fs.writeFileSync(path.join(folder, "manifest.json"), text)
        assert.deepStrictEqual(listedFiles(folder), listed)
      }
    })
  )
})
