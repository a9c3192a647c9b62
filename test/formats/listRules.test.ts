import { assert, describe, it } from "@effect/vitest"
import { listRules } from "../../src/formats/listRules.ts"
import { cut, field } from "../pairings/cut.ts"

describe("listRules", () => {
  it("listRules are named as on the command line, and take nearly identical texts", () => {
    assert.deepStrictEqual(Object.keys(listRules), ["best-worst", "adjacent", "all"])
    const text = "The same long answer to a question that somebody asked, word for word, up to the very last"
    const near = field({ a: { score: 2, text: `${text} one` }, b: { score: 1, text: `${text} two` }, c: 0 })
    assert.deepStrictEqual(cut(near, listRules.adjacent).named, ["a>b", "b>c"])
  })
})
