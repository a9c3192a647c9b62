import { assert, describe, it } from "@effect/vitest"
import * as AuditCycles from "../../src/cleaners/AuditCycles.ts"
import { VoteTable } from "../../src/cleaners/VoteTable.ts"

describe("AuditCycles", () => {
  it("AuditCycles counts cycles beside what honest judges show", () => {
    const table = new VoteTable()
    const edges = [
      ["a", "b"],
      ["b", "c"],
      ["c", "a"],
      ["d", "e"],
      ["e", "f"],
      ["d", "f"]
    ] as const
    for (const [winner, loser] of edges) {
      table.add({
        pairId: `${winner}${loser}`,
        promptId: winner < "d" ? "one" : "two",
        firstId: winner,
        secondId: loser,
        annotator: "w",
        verdict: "first",
        scoreFirst: null,
        scoreSecond: null,
        lengthFirst: null,
        lengthSecond: null,
        sidesRecorded: true
      })
    }
    const cycles = AuditCycles.count(table.columns())
    assert.deepStrictEqual([cycles?.nTriples, cycles?.nCyclic, cycles?.share], [2, 1, 0.5])
    // Honest Bradley-Terry judges, simulated elsewhere: 15 %, 7.2 % and 2.5 % of the triples are cyclic.
    assert.closeTo(cycles!.honest.sd1, 0.15, 0.005)
    assert.closeTo(cycles!.honest.sd2, 0.072, 0.005)
    assert.closeTo(cycles!.honest.sd4, 0.025, 0.005)
  })

  it("AuditCycles.count is null where no prompt has three answers that were compared", () => {
    assert.isNull(AuditCycles.count(new VoteTable().columns()))
  })
})
