import { assert, describe, it } from "@effect/vitest"
import { placeOf } from "../../src/math/placeOf.ts"

describe("placeOf", () => {
  it("placeOf spreads texts evenly over the whole numbers below 2^53, each text to a place of its own", () => {
    const n = 20_000
    const places = Array.from({ length: n }, (_, i) => placeOf(`pair ${i}`))
    assert.isTrue(places.every((place) => Number.isInteger(place) && place >= 0 && place < 2 ** 53))
    assert.strictEqual(new Set(places).size, n)
    assert.strictEqual(placeOf("pair 7"), places[7])
    const mean = places.reduce((sum, place) => sum + place / 2 ** 53, 0) / n
    assert.closeTo(mean, 0.5, 4 / Math.sqrt(12 * n))
    const odd = places.filter((place) => place % 2 === 1).length
    assert.closeTo(odd / n, 0.5, 2 / Math.sqrt(n))
  })
})
