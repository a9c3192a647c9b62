import { assert, describe, it } from "@effect/vitest"
import { spanId } from "../../src/stages/spanId.ts"

describe("spanId", () => {
  it("spanId tells the spans of one candidate and of two apart", () => {
    const ids = ["a", "b"].flatMap((candidateId) => [0, 1, 10].map((index) => spanId({ candidateId, index })))
    assert.strictEqual(new Set(ids).size, 6)
    assert.strictEqual(ids[1], "a#1")
  })
})
