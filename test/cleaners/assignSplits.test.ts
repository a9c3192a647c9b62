import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { assignSplits } from "../../src/cleaners/assignSplits.ts"

const row = Schema.Tuple([
  Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4 })),
  Schema.Int.check(Schema.isBetween({ minimum: -1, maximum: 2 }))
])
const given = (rows: ReadonlyArray<readonly [number, number]>) => ({
  cluster: Int32Array.from(rows, ([cluster]) => cluster),
  own: Int32Array.from(rows, ([, own]) => own),
  nClusters: 5,
  nSplits: 3
})

describe("assignSplits", () => {
  it.prop("assignSplits leaves the fewest rows outside", { rows: Schema.Array(row) }, ({ rows }) => {
    const { counts, crosses, split } = assignSplits(given(rows))
    for (let c = 0; c < 5; c++) {
      const mine = rows.filter(([cluster, own]) => cluster === c && own >= 0)
      const inside = (s: number) => mine.filter(([, own]) => own === s).length
      assert.deepStrictEqual(counts.slice(3 * c, 3 * c + 3), Int32Array.of(inside(0), inside(1), inside(2)))
      assert.strictEqual(crosses[c], Number(new Set(mine.map(([, own]) => own)).size > 1))
      if (mine.length === 0) assert.strictEqual(split[c], -1)
      else for (const s of [0, 1, 2]) assert.isAtLeast(inside(split[c]!), inside(s))
    }
    assert.deepStrictEqual(assignSplits(given(rows.toReversed())).split, split)
  })

  it("assignSplits takes the first split where rows are even, and heeds what is decided", () => {
    const rows = [
      [0, 1],
      [0, 0],
      [1, 2],
      [1, 1],
      [2, 2]
    ] as const
    assert.deepStrictEqual([...assignSplits(given(rows)).split], [0, 1, 2, -1, -1])
    const leading = Int32Array.of(2, 2, 0, 1, 1)
    assert.deepStrictEqual([...assignSplits({ ...given(rows), leading }).split], [2, 2, 0, -1, -1])
  })

  it("assignSplits refuses lengths that do not fit", () => {
    assert.throws(() => assignSplits({ ...given([[0, 0]]), own: new Int32Array() }), /expected one each per row/)
    assert.throws(() => assignSplits({ ...given([[0, 0]]), leading: new Int32Array(2) }), /2 splits of clusters/)
  })
})
