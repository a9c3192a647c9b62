import { assert, describe, it } from "@effect/vitest"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { activeComparisons } from "../../src/pairings/activeComparisons.ts"
import { bradleyTerry } from "../../src/pairings/bradleyTerry.ts"
import { samplePairsOfPairs } from "../../src/pairings/samplePairsOfPairs.ts"
import { placesOf } from "./placesOf.ts"
import { rankCorrelation } from "./rankCorrelation.ts"

const never = () => false

describe("activeComparisons", () => {
  it("activeComparisons asks where the answer is open and little is known, each item once", () => {
    const strength = Float64Array.of(-5, 5, 0, 0.1, -4.9, 5.2)
    const same = new Float64Array(6).fill(1)
    const { first, second } = activeComparisons({ strength, variance: same, isAsked: never, random: keyedRandom("a") })
    const named = Array.from(first, (a, i) => [a, second[i]!].toSorted((x, y) => x - y).join(" "))
    assert.deepStrictEqual(
      named.toSorted((x, y) => (x < y ? -1 : 1)),
      ["0 4", "1 5", "2 3"]
    )
    const level = new Float64Array(4)
    const unsure = Float64Array.of(0.1, 3, 0.1, 3)
    const best = activeComparisons({ strength: level, variance: unsure, isAsked: never, random: keyedRandom("b") })
    assert.deepStrictEqual(
      [best.first[0]!, best.second[0]!].toSorted((x, y) => x - y),
      [1, 3]
    )
  })

  it("activeComparisons proposes nothing twice and nothing where all was asked", () => {
    const level = new Float64Array(4)
    const variance = new Float64Array(4).fill(1)
    const asked = new Set(["0 1", "2 3"])
    const isAsked = (a: number, b: number) => asked.has([a, b].toSorted((x, y) => x - y).join(" "))
    const { first, second } = activeComparisons({ strength: level, variance, isAsked, random: keyedRandom("c") })
    assert.isTrue(first.length > 0 && first.every((a, i) => !isAsked(a, second[i]!)))
    const none = activeComparisons({ strength: level, variance, isAsked: () => true, random: keyedRandom("d") })
    assert.strictEqual(none.first.length, 0)
  })

  it("activeComparisons reach with two thirds of the comparisons more than the rank correlation of random ones", () => {
    const correlation = (sampler: "random" | "active", k: number) => {
      let sum = 0
      for (let repeat = 0; repeat < 4; repeat++) {
        const draw = keyedRandom("gaps", repeat)
        const gaps = Float64Array.from({ length: 300 }, () => draw())
        const drawn = { gaps, places: placesOf(300), k, sampler, noise: 0.1, seed: `${repeat}` }
        const { strong, weak } = samplePairsOfPairs(drawn)
        assert.strictEqual(strong.length, 300 * k)
        sum += rankCorrelation(bradleyTerry({ nItems: 300, strong, weak }).strength, gaps)
      }
      return sum / 4
    }
    assert.isAbove(correlation("active", 6), correlation("random", 9))
    assert.isAbove(correlation("active", 5), correlation("random", 5) + 0.05)
  })
})
