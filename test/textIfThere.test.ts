import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { textIfThere } from "../src/textIfThere.ts"
import { temporaryFolder } from "./contracts/source.ts"

describe("textIfThere", () => {
  it.effect("textIfThere gives a text, nothing where there is no file, and an empty text where it cannot be read", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      fs.writeFileSync(path.join(folder, "a"), "text")
      assert.strictEqual(textIfThere(path.join(folder, "a")), "text")
      assert.isNull(textIfThere(path.join(folder, "b")))
      assert.strictEqual(textIfThere(folder), "")
    })
  )
})
