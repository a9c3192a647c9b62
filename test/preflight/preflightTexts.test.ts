import { assert, describe, it } from "@effect/vitest"
import { checksIn, findingIn, lookAtRows } from "./lookAtRows.ts"

const pair = (i: number, scores: Readonly<Record<string, unknown>>) => ({
  prompt: `Question ${i}?`,
  chosen: ` Yes, ${i}.`,
  rejected: ` Not ${i}.`,
  ...scores
})

describe("preflightTexts", () => {
  for (const [better, worse] of [
    ["score_chosen", "score_rejected"],
    ["scoreChosen", "scoreRejected"],
    ["chosen_score", "rejected_score"],
    ["chosen-rating", "rejected-rating"]
  ] as const) {
    it(`preflightTexts compares the scores in ${better} and ${worse}, as an audit does`, async () => {
      const rows = [
        pair(1, { [better]: 4, [worse]: 2 }),
        pair(2, { [better]: 1.5, [worse]: 3 }),
        pair(3, { [better]: 2, [worse]: 2 }),
        pair(4, { [better]: null, [worse]: 2 })
      ]
      const found = await lookAtRows(rows)
      assert.strictEqual(found.target, "trl-preference")
      assert.deepStrictEqual(findingIn(found, "lowerScore").lines, [2])
      assert.deepStrictEqual(findingIn(found, "equalScore").lines, [3])
      assert.notInclude(
        found.unchecked.map(({ check }) => check),
        "scores"
      )
      assert.deepStrictEqual(checksIn(await lookAtRows(rows.slice(0, 1))), [])
    })
  }

  it("preflightTexts finds prompts that say nothing, which stop no trainer", async () => {
    const found = await lookAtRows([pair(1, {}), { ...pair(2, {}), prompt: " " }])
    assert.deepStrictEqual(checksIn(found), ["blankPrompt"])
    assert.deepInclude(findingIn(found, "blankPrompt"), { severity: "silently wrong", lines: [2] })
  })

  it("preflightTexts says where there are no scores", async () => {
    const { unchecked } = await lookAtRows([pair(1, { note: 3 })])
    assert.include(
      unchecked.map(({ check }) => check),
      "scores"
    )
  })
})
