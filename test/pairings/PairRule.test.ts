import { assert, describe, it } from "@effect/vitest"
import { bestWorst } from "../../src/pairings/bestWorst.ts"
import { byTier } from "../../src/pairings/byTier.ts"
import * as PairRule from "../../src/pairings/PairRule.ts"
import * as Term from "../../src/pairings/Term.ts"
import { threshold } from "../../src/pairings/threshold.ts"

describe("PairRule", () => {
  it("PairRule.describe tells rules with other options apart, in plain JSON", () => {
    const rules = [
      threshold({ high: 8, low: 2 }),
      threshold({ high: 8, low: 3 }),
      threshold({ high: 8, low: 2, maxPairs: 1 }),
      threshold({ high: 8, low: 2, tie: "keep" }),
      byTier(),
      byTier({ tier: Term.placeIn(Term.model, ["a", "b"]) }),
      byTier({ tier: Term.placeIn(Term.model, ["b", "a"]) }),
      byTier({ against: "every" }),
      bestWorst(),
      { ...bestWorst(), maxSimilarity: 1 },
      { ...bestWorst(), otherwise: byTier() }
    ].map(PairRule.describe)
    assert.strictEqual(new Set(rules.map((rule) => JSON.stringify(rule))).size, rules.length)
    assert.deepStrictEqual(JSON.parse(JSON.stringify(rules)), rules)
  })

  it("PairRule.checked refuses caps and similarities out of range and two rules of one name", () => {
    const rule = bestWorst()
    const one = (changed: Partial<PairRule.PairRule>) => () => PairRule.checked([{ ...rule, ...changed }])
    assert.throws(one({ most: 0 }), /rule "bestWorst": found most 0, expected a positive integer/)
    assert.throws(one({ maxSimilarity: 0 }), /maxSimilarity 0/)
    assert.throws(() => PairRule.checked([rule, rule]), /second rule of this name/)
    assert.throws(one({ otherwise: bestWorst({ tie: "keep" }) }), /second rule of this name/)
    assert.doesNotThrow(() => PairRule.checked([rule, { ...rule, rule: "another" }]))
  })
})
