import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { OwnFiles } from "../../src/OwnFiles.ts"
import { checkFinished } from "../../src/sources/checkFinished.ts"
import { temporaryFolder } from "../contracts/source.ts"

describe("checkFinished", () => {
  it.effect("checkFinished fails from when a command begins until its manifest is there, and for no other folder", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* checkFinished(folder)
      const own = new OwnFiles(folder)
      own.add(path.join(folder, "audit.json"))
      yield* checkFinished(folder)
      own.begin()
      const { message } = yield* Effect.flip(checkFinished(folder))
      assert.match(
        message,
        /found no manifest\.json, which the run or the conversion .*, expected that of a finished one/
      )
      assert.match(message, /give its command again, or name the files/)
      fs.writeFileSync(path.join(folder, "manifest.json"), "{}")
      yield* checkFinished(folder)
    })
  )
})
