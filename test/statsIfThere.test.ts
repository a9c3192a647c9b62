import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { statsIfThere } from "../src/statsIfThere.ts"

describe("statsIfThere", () => {
  it("statsIfThere knows files and folders, and nothing of what cannot be there", () => {
    assert.isTrue(statsIfThere(import.meta.filename)!.isFile())
    assert.isTrue(statsIfThere(import.meta.dirname)!.isDirectory())
    for (const place of ["absent", "x".repeat(300), path.join(import.meta.filename, "below"), "a\0b"]) {
      assert.isUndefined(statsIfThere(place))
    }
  })
})
