import { assert, describe, it } from "@effect/vitest"
import { checksIn, findingIn, lookAtRows } from "./lookAtRows.ts"

const said = (role: string, content: string) => [{ role, content }]
const row = (question: string, ...ranks: ReadonlyArray<number>) => ({
  context: said("user", question),
  completions: ranks.map((rank, i) => ({ rank, completion: said("assistant", `Answer ${i} to ${question}`) }))
})

describe("preflightNemo", () => {
  it("preflightNemo finds three completions and ties, with which NeMo-RL stops", async () => {
    const found = await lookAtRows([row("Why?", 0, 1), row("How?", 0, 1, 2), row("When?", 1, 1)])
    assert.strictEqual(found.target, "nemo-rl")
    const several = findingIn(found, "moreThanTwo")
    assert.deepInclude(several, { severity: "stops training", rows: 1 })
    assert.deepStrictEqual(several.lines, [2])
    const tie = findingIn(found, "equalRanks")
    assert.deepInclude(tie, { severity: "stops training", rows: 1 })
    assert.deepStrictEqual(tie.lines, [3])
    assert.notInclude(checksIn(found), "noOrder")
  })

  it("preflightNemo is silent on two completions of different ranks", async () => {
    assert.deepStrictEqual(checksIn(await lookAtRows([row("Why?", 0, 1), row("How?", 1, 0)])), [])
  })
})
