import { assert, describe, it } from "@effect/vitest"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { strongComponents } from "../../src/math/strongComponents.ts"

const components = (nNodes: number, edges: ReadonlyArray<readonly [number, number]>) =>
  strongComponents(
    nNodes,
    Int32Array.from(edges, ([from]) => from),
    Int32Array.from(edges, ([, to]) => to)
  )

describe("strongComponents", () => {
  it("strongComponents agrees with reachability both ways on random graphs", () => {
    for (let seed = 0; seed < 200; seed++) {
      const random = keyedRandom("strongComponents", seed)
      const n = 1 + Math.floor(random() * 9)
      const edges = Array.from(
        { length: Math.floor(random() * 2 * n) },
        () => [Math.floor(random() * n), Math.floor(random() * n)] as const
      )
      const reach = Array.from({ length: n }, (_, a) => Array.from({ length: n }, (_unused, b) => a === b))
      for (const [a, b] of edges) reach[a]![b] = true
      for (let k = 0; k < n; k++)
        for (let a = 0; a < n; a++) for (let b = 0; b < n; b++) if (reach[a]![k]! && reach[k]![b]!) reach[a]![b] = true
      const found = components(n, edges)
      for (let a = 0; a < n; a++) {
        for (let b = 0; b < n; b++) {
          assert.strictEqual(found[a] === found[b], reach[a]![b]! && reach[b]![a]!, `seed ${seed}: ${a} ${b}`)
          if (reach[a]![b]!) assert.isAtLeast(found[a]!, found[b]!)
        }
      }
    }
  })

  it("strongComponents walks a chain of 200,000 nodes", () => {
    const n = 200_000
    const chain = Array.from({ length: n - 1 }, (_, i) => [i, i + 1] as const)
    assert.strictEqual(new Set(components(n, chain)).size, n)
    assert.strictEqual(new Set(components(n, [...chain, [n - 1, 0]])).size, 1)
  })

  it("strongComponents refuses a node that is not there", () => {
    assert.throws(() => components(2, [[0, 2]]), /found node 2 in edge 0, expected 0 to 1/)
    assert.deepStrictEqual([...components(0, [])], [])
  })
})
