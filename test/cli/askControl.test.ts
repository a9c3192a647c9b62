import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { askControl } from "../../src/cli/askControl.ts"
import { temporaryFolder } from "./runPrefloom.ts"

const { folder, remove } = temporaryFolder({ file: "" })
afterAll(remove)

describe("askControl", () => {
  it.effect("askControl says of whatever cannot be a folder that there is none", () =>
    Effect.gen(function* () {
      for (const name of ["nowhere", "file/below", "x".repeat(300)]) {
        const { message } = yield* Effect.flip(askControl(path.join(folder, name), { do: "status" }))
        assert.match(
          message,
          /^Cannot reach a run: found no folder ".*", expected the output folder of a run that is going; name the output/
        )
      }
    })
  )
})
