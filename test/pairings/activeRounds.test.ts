import { assert, describe, it } from "@effect/vitest"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { activeRounds } from "../../src/pairings/activeRounds.ts"

const nItems = 8
const named = ({ first, second }: { readonly first: Int32Array; readonly second: Int32Array }) =>
  Array.from(first, (a, i) => [a, second[i]!].toSorted((x, y) => x - y).join(" "))

describe("activeRounds", () => {
  it("activeRounds proposes each comparison once, labelled or not, until none is left", () => {
    for (const labels of [true, false]) {
      const rounds = activeRounds({ nItems, random: keyedRandom("once") })
      const all: Array<string> = []
      for (let round = named(rounds.propose()); round.length > 0; round = named(rounds.propose())) {
        const items = round.flatMap((pair) => pair.split(" "))
        assert.strictEqual(new Set(items).size, items.length)
        all.push(...round)
        if (labels)
          for (const pair of round) rounds.learn({ strong: Number(pair[0]), weak: Number(pair[2]), tied: false })
      }
      assert.strictEqual(all.length, (nItems * (nItems - 1)) / 2)
      assert.strictEqual(new Set(all).size, all.length)
    }
  })

  it("activeRounds asks next about items that won as much as each other, and after ties about all alike", () => {
    const second = (tied: boolean) => {
      const rounds = activeRounds({ nItems, random: keyedRandom("second") })
      const won = new Set<number>()
      const { first, second: others } = rounds.propose()
      for (const [i, strong] of first.entries()) {
        rounds.learn({ strong, weak: others[i]!, tied })
        won.add(strong)
      }
      const next = rounds.propose()
      return Array.from(next.first, (a, i) => won.has(a) === won.has(next.second[i]!))
    }
    assert.deepStrictEqual(second(false), [true, true, true, true])
    assert.isTrue(second(true).includes(false))
  })
})
