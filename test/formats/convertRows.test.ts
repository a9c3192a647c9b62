import { assert, describe, it } from "@effect/vitest"
import { convertRows } from "../../src/formats/convertRows.ts"
import { hhRlhf } from "../../src/formats/hhRlhf.ts"
import { trlPreference } from "../../src/formats/trlPreference.ts"
import { trlPrompt } from "../../src/formats/trlPrompt.ts"
import { lookOf } from "../contracts/format.ts"

describe("convertRows", () => {
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
