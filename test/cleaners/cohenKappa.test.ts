import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { cohenKappa } from "../../src/cleaners/cohenKappa.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

const seedOf = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 }))

/** Labels that give a table of counts, row-major. */
const fromTable = (table: ReadonlyArray<number>, nClasses: number) => {
  const cells = table.flatMap((n, cell) => Array.from({ length: n }, () => cell))
  return {
    first: Int8Array.from(cells, (cell) => Math.floor(cell / nClasses)),
    second: Int8Array.from(cells, (cell) => cell % nClasses),
    nClasses
  }
}

describe("cohenKappa", () => {
  it("cohenKappa gives the published figures of the worked examples", () => {
    // https://en.wikipedia.org/wiki/Cohen%27s_kappa: 50 grants, and two tables with equal agreement.
    assert.closeTo(cohenKappa(fromTable([20, 5, 10, 15], 2)).kappa, 0.4, 1e-12)
    assert.closeTo(cohenKappa(fromTable([45, 15, 25, 15], 2)).kappa, 0.1304, 0.00005)
    assert.closeTo(cohenKappa(fromTable([25, 35, 5, 35], 2)).kappa, 0.2593, 0.00005)
  })

  it("cohenKappa gives the published weighted kappa of Cohen 1968", () => {
    const table = fromTable([88, 14, 18, 10, 40, 10, 2, 6, 12], 3)
    assert.closeTo(cohenKappa(table).kappa, 0.492, 0.0005)
    const weights = Float64Array.of(0, 1, 3, 1, 0, 6, 3, 6, 0)
    assert.closeTo(cohenKappa(table, weights).kappa, 0.348, 0.0005)
  })

  it.prop("cohenKappa compares pairs as met with all pairs", { seed: seedOf }, ({ seed }) => {
    const random = keyedRandom("cohen", seed)
    const draw = () => Int8Array.from({ length: 30 }, () => Math.floor(random() * 5) - 1)
    const input = { first: draw(), second: draw(), nClasses: 4 }
    const both = [...input.first.keys()].filter((i) => input.first[i]! >= 0 && input.second[i]! >= 0)
    const distances = {
      nominal: (a: number, b: number) => Number(a !== b),
      linear: (a: number, b: number) => Math.abs(a - b),
      quadratic: (a: number, b: number) => (a - b) ** 2
    }
    for (const weights of ["nominal", "linear", "quadratic"] as const) {
      const apart = (i: number, j: number) => distances[weights](input.first[i]!, input.second[j]!)
      const observed = both.reduce((sum, i) => sum + apart(i, i), 0) / both.length
      const expected =
        both.reduce((sum, i) => sum + both.reduce((inner, j) => inner + apart(i, j), 0), 0) / both.length ** 2
      const found = cohenKappa(input, weights)
      assert.strictEqual(found.nBoth, both.length)
      assert.closeTo(found.kappa, 1 - observed / expected, 1e-9, weights)
    }
  })

  it("cohenKappa is symmetric, 1 for agreement and NaN where there is nothing to disagree about", () => {
    const { first, nClasses, second } = fromTable([3, 1, 2, 5], 2)
    assert.closeTo(
      cohenKappa({ first: second, second: first, nClasses }).kappa,
      cohenKappa({ first, second, nClasses }).kappa,
      1e-12
    )
    assert.strictEqual(cohenKappa({ first, second: first, nClasses }).kappa, 1)
    assert.isNaN(cohenKappa({ first: new Int8Array(4), second: new Int8Array(4), nClasses }).kappa)
    const never = cohenKappa({ first: Int8Array.of(-1), second: Int8Array.of(1), nClasses })
    assert.isNaN(never.kappa)
    assert.strictEqual(never.nBoth, 0)
  })

  it("cohenKappa says what is wrong with its input", () => {
    const good = { first: Int8Array.of(0, 1), second: Int8Array.of(0, 1), nClasses: 2 }
    assert.throws(() => cohenKappa({ ...good, first: Int8Array.of(0) }), /found 1 and 2 labels/)
    assert.throws(() => cohenKappa({ ...good, first: Int8Array.of(0, 2) }), /labels 2 and 1 at item 1/)
    assert.throws(() => cohenKappa(good, new Float64Array(3)), /3 weights, expected 4/)
  })
})
