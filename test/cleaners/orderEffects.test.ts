import { assert, describe, it } from "@effect/vitest"
import { orderEffects } from "../../src/cleaners/orderEffects.ts"
import { orderSwap } from "../../src/cleaners/orderSwap.ts"
import { VoteTable } from "../../src/cleaners/VoteTable.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

describe("orderEffects", () => {
  it("orderEffects measures as a search over all votes does", () => {
    const random = keyedRandom("auditVotes test", "orders")
    const table = new VoteTable()
    for (let v = 0; v < 4000; v++) {
      const pair = Math.floor(1500 * random())
      const ids = [`one ${pair}`, `two ${pair}`]
      const [firstId, secondId] = random() < 0.3 ? ids.toReversed() : ids
      const draw = random()
      table.add({
        pairId: `vote ${v}`,
        promptId: `prompt ${pair}`,
        firstId: firstId!,
        secondId: v % 97 === 0 ? firstId! : secondId!,
        annotator: random() < 0.5 ? "ada" : "bram",
        verdict: draw < 0.6 ? "first" : draw < 0.9 ? "second" : draw < 0.95 ? "tie" : null,
        scoreFirst: null,
        scoreSecond: null,
        lengthFirst: null,
        lengthSecond: null,
        sidesRecorded: true
      })
    }
    const { annotator, first, second, verdict, ...columns } = table.columns()
    const readable = Uint32Array.from(verdict.keys()).filter((v) => verdict[v] !== 2 && first[v] !== second[v])
    const expected = orderSwap({
      annotator: Int32Array.from(readable, (v) => annotator[v]!),
      nAnnotators: 2,
      first: Int32Array.from(readable, (v) => first[v]!),
      second: Int32Array.from(readable, (v) => second[v]!),
      verdict: Int8Array.from(readable, (v) => verdict[v]!)
    })
    assert.isAbove(expected[0]!.inconsistency.nCases, 100)
    assert.deepStrictEqual(orderEffects({ annotator, first, second, verdict, ...columns }), expected)
  })
})
