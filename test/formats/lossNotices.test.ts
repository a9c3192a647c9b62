import { assert, describe, it } from "@effect/vitest"
import { lossNotices } from "../../src/formats/lossNotices.ts"

describe("lossNotices", () => {
  it("lossNotices names what is left out, and is silent where nothing is", () => {
    assert.deepStrictEqual(lossNotices("together", { lost: [] }), [])
    assert.deepStrictEqual(lossNotices("together", { lost: ["id", "margin"] }), [
      "Written as together, these columns or parts of them are left out: id, margin"
    ])
  })
})
