import { assert, describe, it } from "@effect/vitest"
import { EvenPicks } from "../../src/math/EvenPicks.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

const uniform = (n: number, name: string) => {
  const random = keyedRandom(name)
  return Float64Array.from({ length: n }, () => random() * 2 - 1)
}

describe("EvenPicks", () => {
  it("EvenPicks orders items by their numbers, the next column where they are equal, then by index", () => {
    const first = Float64Array.of(2, -1e300, 0, -0, 2, 1e-300, 2)
    const second = Float64Array.of(5, 0, 7, 3, -5, 0, 5)
    assert.deepStrictEqual([...new EvenPicks(first, second).order], [1, 3, 2, 5, 4, 0, 6])
  })

  it("EvenPicks picks every item equally often, also among the first few and among equal ones", () => {
    const columns = [
      Float64Array.of(3, -0.5, -7, 0, 1e9, 12, 0.25),
      Float64Array.of(1, 1, 1, 1, 2, 2, -0),
      new Float64Array(7)
    ]
    const n = 70_000
    for (const numbers of columns) {
      const picks = new EvenPicks(numbers)
      for (const end of [7, 3, 1]) {
        const counts = new Int32Array(7)
        for (let key = 0; key < n; key++) counts[picks.pick(key, end)]!++
        for (const item of picks.order.subarray(0, end)) {
          assert.closeTo(
            counts[item]!,
            n / end,
            4 * Math.sqrt((n / end) * (1 - 1 / end)),
            `${numbers.join(" ")} to ${end}`
          )
        }
        assert.isTrue(picks.order.subarray(end).every((item) => counts[item] === 0))
      }
    }
  })

  it("EvenPicks picks the same items in whichever order they are", () => {
    const numbers = uniform(300, "order").map((value, i) => (i % 3 === 0 ? 0 : value))
    const tell = uniform(300, "tell")
    const [here, there] = [new EvenPicks(numbers, tell), new EvenPicks(numbers.toReversed(), tell.toReversed())]
    for (let key = 0; key < 1000; key++) assert.strictEqual(there.pick(-key, 200), 299 - here.pick(-key, 200))
  })

  it("EvenPicks changes some log2(n) / 2n of its picks when an item is added, wherever its number is", () => {
    const n = 1000
    const nKeys = 20_000
    const numbers = uniform(n, "added")
    const before = new EvenPicks(numbers)
    for (const added of [0.3, -1e12, 5]) {
      const after = new EvenPicks(Float64Array.of(...numbers, added))
      let nChanged = 0
      for (let key = 0; key < nKeys; key++) if (after.pick(key) !== before.pick(key)) nChanged++
      // The added one is picked itself with probability 1 / n.
      assert.isAbove(nChanged, 0)
      assert.isBelow(nChanged / nKeys, (2 + Math.log2(n)) / n)
    }
  })
})
