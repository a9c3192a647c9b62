import { assert, describe, it } from "@effect/vitest"
import { compareJudges } from "../../src/cleaners/compareJudges.ts"
import * as OneVoteEach from "../../src/cleaners/OneVoteEach.ts"
import { pooledRePo } from "../../src/cleaners/pooledRePo.ts"
import { VoteTable } from "../../src/cleaners/VoteTable.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

/** Two judges of one family who are always of one mind, and two of their own; all are right on three quarters. */
const columns = (() => {
  const random = keyedRandom("compareJudges test")
  const table = new VoteTable()
  for (let i = 0; i < 600; i++) {
    const shared = random() < 0.75
    for (const name of ["a", "b", "c", "d"]) {
      const isMimic = name < "c"
      table.add({
        pairId: `pair ${i}`,
        promptId: null,
        firstId: `one ${i}`,
        secondId: `two ${i}`,
        annotator: name,
        family: isMimic ? "mimics" : null,
        truth: "first",
        verdict: (isMimic ? shared : random() < 0.75) ? "first" : "second",
        scoreFirst: null,
        scoreSecond: null,
        lengthFirst: null,
        lengthSecond: null,
        sidesRecorded: true
      })
    }
  }
  return table.columns()
})()
const pModel = new Float64Array(600).fill(0.5)
const once = OneVoteEach.make({ ...columns, pModel, nAnnotators: 4 })
const fit = pooledRePo({ ...columns, pModel, nAnnotators: 4 })

describe("compareJudges", () => {
  it("compareJudges counts judges of one mind as one, beside all together, and those without a family alone", () => {
    const { families, familyNames, together } = compareJudges(columns, once, fit, columns.truth)
    assert.deepStrictEqual([...familyNames], [[0, '"mimics"']])
    const [mimics, ...others] = families
    assert.strictEqual(mimics!.nJudges, 2)
    assert.closeTo(mimics!.effectiveJudges!, 1, 1e-9)
    assert.deepStrictEqual(
      others.map(({ nJudges }) => nJudges),
      [1, 1]
    )
    // One pair of six is of one mind: 4 / (1 + 3 / 6).
    assert.strictEqual(together.nJudges, 4)
    assert.closeTo(together.effectiveJudges!, 8 / 3, 0.25)
  })

  it("compareJudges takes what judges agree on where nothing is known", () => {
    const { families, together } = compareJudges({ ...columns, families: [null, null, null, null] }, once, fit, null)
    assert.deepStrictEqual(families, [])
    assert.strictEqual(together.nJudges, 4)
  })
})
