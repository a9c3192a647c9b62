import { assert, describe, it } from "@effect/vitest"
import { nemoRl } from "../../src/formats/nemoRl.ts"
import { formatContract, pairOf, refusalOf, holdingOf } from "../contracts/format.ts"

formatContract({
  format: nemoRl,
  kind: "ranked",
  style: "messages",
  fields: ["id"],
  keepsExtra: true,
  hasSystem: true,
  hasTurns: true,
  hasTools: true,
  hasToolIds: true
})

describe("nemoRl", () => {
  it("nemoRl writes exactly two completions of any number, the best and the worst, and refuses equal ranks", () => {
    const record = pairOf([["user", "q"]], "a", "b", { kind: "ranked" })
    const [first, second] = record.candidates
    const writer = nemoRl.writer(holdingOf({ kind: "ranked", style: "messages", fields: [], keepsExtra: false }))
    if (!("write" in writer)) return assert.fail(writer.found)
    const rows: Array<Record<string, unknown>> = []
    writer.write(
      { ...record, candidates: [second!, { ...first!, rank: 0 }, { ...pairOf([], "c", "d").candidates[0]!, rank: 7 }] },
      rows
    )
    const completions = rows[0]!["completions"] as ReadonlyArray<{
      rank: number
      completion: ReadonlyArray<{ content: string }>
    }>
    assert.deepStrictEqual(
      completions.map(({ completion, rank }) => [rank, completion[0]!.content]),
      [
        [0, "a"],
        [1, "c"]
      ]
    )
    assert.strictEqual(
      refusalOf(nemoRl, { ...record, candidates: record.candidates.map((one) => ({ ...one, rank: 2 })) }),
      "tie"
    )
  })

  it("nemoRl leaves the name task_name to the loader, and says that tools are not shown", () => {
    const holding = holdingOf({ kind: "pair", style: "messages", fields: ["tools"], keepsExtra: false })
    const writer = nemoRl.writer({
      ...holding,
      extra: [{ name: "task_name", type: { kind: "string", nullable: true } }]
    })
    if (!("write" in writer)) return assert.fail(writer.found)
    assert.deepStrictEqual(writer.extra, [{ from: "task_name", to: "extra_task_name" }])
    assert.match(writer.notes.join(), /do not show the tools/)
  })
})
