import { assert, describe, it } from "@effect/vitest"
import { piecesProblem } from "../../src/segments/Splitter.ts"

describe("piecesProblem", () => {
  it("piecesProblem finds what overlaps, leaves the text, is empty or no whole number", () => {
    const piece = (start: number, end: number) => ({ start, end, kind: "k" })
    assert.isNull(piecesProblem("abcd", [piece(0, 1), piece(2, 4)]))
    for (const wrong of [[piece(0, 2), piece(1, 3)], [piece(0, 5)], [piece(1, 1)], [piece(0.5, 2)], [piece(-1, 2)]]) {
      assert.match(piecesProblem("abcd", wrong)!, /^found a piece from .* expected rising whole numbers$/)
    }
  })
})
