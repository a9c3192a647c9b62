import { assert, describe, it } from "@effect/vitest"
import { convertRows } from "../../src/formats/convertRows.ts"
import { isRefusal } from "../../src/formats/Format.ts"
import { helpsteerRatings } from "../../src/formats/helpsteerRatings.ts"
import { hhRlhf } from "../../src/formats/hhRlhf.ts"
import { trlPreference } from "../../src/formats/trlPreference.ts"
import { trlPrompt } from "../../src/formats/trlPrompt.ts"
import { lookOf } from "../contracts/format.ts"

describe("convertRows", () => {
  it("convertRows puts rows together that make one record, and files a record under the first of them", () => {
    const rows = [
      ["p", "a", 1],
      ["p", "b", 3],
      ["q", "c", 2],
      ["r", "d", 9],
      ["r", "e", 0]
    ].map(([prompt, response, helpfulness]) => ({ prompt, response, helpfulness }))
    const converted = convertRows(helpsteerRatings, trlPreference, lookOf(rows), rows)
    if (isRefusal(converted)) return assert.fail(converted.found)
    assert.strictEqual(converted.rows.length, 1)
    assert.deepStrictEqual(
      converted.rejects.map(({ flaw, row }) => [row, flaw.reason]),
      [
        [2, "too few candidates"],
        [3, "no rating"],
        [4, "too few candidates"]
      ]
    )
  })

  it("convertRows gives the rows in order, and every row it cannot convert with its place", () => {
    const rows = ["same", "other", "same"].map((chosen) => ({
      chosen: `\n\nHuman: q\n\nAssistant: ${chosen}`,
      rejected: "\n\nHuman: q\n\nAssistant: other"
    }))
    const made = convertRows(hhRlhf, trlPreference, lookOf(rows), rows)
    if (!("rows" in made)) return assert.fail(made.found)
    const row = {
      prompt: [{ role: "user", content: "q" }],
      chosen: [{ role: "assistant", content: "same" }],
      rejected: [{ role: "assistant", content: "other" }]
    }
    assert.deepStrictEqual(made.rows, [row, row])
    assert.deepStrictEqual(
      made.rejects.map(({ flaw, row: at }) => [at, flaw.reason]),
      [[1, "identical replies"]]
    )
  })

  it("convertRows refuses as a whole what the formats exclude", () => {
    const rows = [{ prompt: "q" }]
    const made = convertRows(trlPrompt, trlPreference, lookOf(rows), rows)
    assert.isTrue("wanted" in made && made.found === "prompts alone")
  })
})
