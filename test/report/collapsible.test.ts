import { assert, describe, it } from "@effect/vitest"
import { collapsible } from "../../src/report/collapsible.ts"
import { Html } from "../../src/report/Html.ts"
import { markupProblem } from "./markup.ts"

const shown = (text: string) =>
  Html.piecesOf(collapsible([{ text, marked: false }]))
    .filter((piece) => typeof piece === "string")
    .join("")

describe("collapsible", () => {
  it("collapsible shows a short text whole and calls an empty one empty", () => {
    // A parser drops one line break right behind the tag.
    assert.include(shown("\na\n\n  b"), ">\n\na\n\n  b</pre>")
    assert.include(shown(""), "empty")
  })

  it("collapsible splits no character and loses none", () => {
    const page = shown(`x${"😀".repeat(2000)}`)
    assert.isNull(markupProblem(page))
    assert.notInclude(page, "\uFFFD")
    assert.strictEqual(page.split("😀").length - 1, 2000)
  })

  it("collapsible says what it leaves out of a huge text", () => {
    const page = shown("word ".repeat(100_000))
    assert.isBelow(page.length, 14_000)
    assert.include(page, "Show 11,300 more characters")
    assert.include(page, "488,000 more are left out here.")
  })
})
