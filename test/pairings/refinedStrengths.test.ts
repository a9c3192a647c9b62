import { assert, describe, it } from "@effect/vitest"
import { sigmoid } from "../../src/math/sigmoid.ts"
import { refinedStrengths } from "../../src/pairings/refinedStrengths.ts"

/** Two items, of which the first won all comparisons. */
const wonBy = (nWins: number, tie?: Uint8Array) => ({
  nItems: 2,
  strong: new Int32Array(nWins),
  weak: new Int32Array(nWins).fill(1),
  ...(tie === undefined ? {} : { tie })
})

describe("refinedStrengths", () => {
  it("refinedStrengths finds where wins and prior pull as hard, from near and from far, under any prior", () => {
    for (const priorSd of [0.1, 3, 1e4, 1e7]) {
      const pull = (g: number) => g / priorSd ** 2 - 20 * sigmoid(-2 * g)
      let [low, high] = [0, 100]
      for (let i = 0; i < 200; i++) {
        const middle = (low + high) / 2
        if (pull(middle) < 0) low = middle
        else high = middle
      }
      for (const start of [0, low, 30, -30]) {
        const { converged, information, strength } = refinedStrengths(
          wonBy(20),
          priorSd,
          Float64Array.of(start + 5, 5 - start),
          new Int32Array(2)
        )
        assert.isTrue(converged, `from ${start} with ${priorSd}`)
        assert.closeTo(strength[0]!, low, 1e-6 * Math.max(1, low))
        assert.closeTo(strength[1]!, -low, 1e-6 * Math.max(1, low))
        assert.closeTo(information[7]! / (sigmoid(2 * low) * sigmoid(-2 * low)), 1, 1e-4)
      }
    }
  })

  it("refinedStrengths takes ties as half a win for both and gives the information that its product is made of", () => {
    const { information, strength, whole } = refinedStrengths(
      wonBy(6, new Uint8Array(6).fill(1)),
      3,
      Float64Array.of(1, -2),
      new Int32Array(2)
    )
    assert.closeTo(strength[0]!, 0, 1e-6)
    assert.closeTo(strength[1]!, 0, 1e-6)
    for (const value of information) assert.closeTo(value, 1 / 4, 1e-9)
    const product = new Float64Array(2)
    whole.multiply(Float64Array.of(1, 3), product)
    assert.closeTo(product[0]!, 1 / 9 + 6 / 4 - 3 * (6 / 4), 1e-6)
    assert.closeTo(whole.diagonal[1]!, 1 / 9 + 6 / 4, 1e-6)
  })
})
