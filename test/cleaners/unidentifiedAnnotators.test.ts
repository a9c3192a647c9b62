import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { unidentifiedAnnotators } from "../../src/cleaners/unidentifiedAnnotators.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

const marks = (
  votes: ReadonlyArray<readonly [item: number, annotator: number, side?: number]>,
  nAnnotators: number,
  pModel = new Float64Array(20).fill(0.5)
) => [
  ...unidentifiedAnnotators({
    item: Int32Array.from(votes, ([item]) => item),
    annotator: Int32Array.from(votes, ([, annotator]) => annotator),
    side: Int8Array.from(votes, ([, , side = 1]) => side),
    pModel,
    nAnnotators
  })
]

describe("unidentifiedAnnotators", () => {
  it("unidentifiedAnnotators marks everybody with one vote per item, or two annotators", () => {
    assert.deepStrictEqual(
      marks(
        [
          [0, 0],
          [1, 1],
          [2, 2]
        ],
        3
      ),
      [1, 1, 1]
    )
    assert.deepStrictEqual(
      marks(
        [
          [0, 0],
          [0, 1],
          [1, 0],
          [1, 1]
        ],
        2
      ),
      [1, 1]
    )
  })

  it("unidentifiedAnnotators wants an odd circle of overlaps and passes it on", () => {
    assert.deepStrictEqual(
      marks(
        [
          [0, 0],
          [0, 1],
          [0, 2]
        ],
        3
      ),
      [0, 0, 0]
    )
    assert.deepStrictEqual(
      marks(
        [
          [0, 0],
          [0, 1],
          [1, 1],
          [1, 2],
          [2, 2],
          [2, 0]
        ],
        3
      ),
      [0, 0, 0]
    )
    // A circle of four tells nothing; a triangle does, with a tail of one more.
    const square = [
      [0, 0],
      [0, 1],
      [1, 1],
      [1, 2],
      [2, 2],
      [2, 3],
      [3, 3],
      [3, 0]
    ] as const
    assert.deepStrictEqual(marks(square, 4), [1, 1, 1, 1])
    assert.deepStrictEqual(
      marks(
        [
          [0, 0],
          [0, 1],
          [0, 2],
          [1, 2],
          [1, 3]
        ],
        5
      ),
      [0, 0, 0, 0, 1]
    )
  })

  it("unidentifiedAnnotators accepts evidence, for whoever is connected to it", () => {
    const pModel = Float64Array.of(0.7, 0.5, 0.5)
    assert.deepStrictEqual(
      marks(
        [
          [0, 0],
          [1, 0],
          [1, 1],
          [2, 2]
        ],
        3,
        pModel
      ),
      [0, 0, 1]
    )
  })

  it("unidentifiedAnnotators counts neither ties nor second votes of one annotator", () => {
    assert.deepStrictEqual(
      marks(
        [
          [0, 0],
          [0, 1],
          [0, 2, 0]
        ],
        3
      ),
      [1, 1, 1]
    )
    assert.deepStrictEqual(
      marks(
        [
          [0, 0],
          [0, 0],
          [0, 1]
        ],
        2
      ),
      [1, 1]
    )
  })

  it.prop(
    "unidentifiedAnnotators agrees with a two-colouring of the overlaps",
    { seed: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000 })) },
    ({ seed }) => {
      const random = keyedRandom("overlaps", seed)
      const n = 2 + Math.floor(random() * 7)
      const votes: Array<readonly [number, number]> = []
      for (let item = 0; item < 1 + Math.floor(random() * n * 1.3); item++) {
        for (let v = 0; v < (random() < 0.1 ? 3 : 2); v++) votes.push([item, Math.floor(random() * n)])
      }
      const neighbours = Array.from({ length: n }, () => new Set<number>())
      for (const [item, k] of votes) {
        for (const [other, j] of votes) if (item === other && j !== k) neighbours[k]!.add(j)
      }
      const expected = Array.from({ length: n }, () => 1)
      for (let start = 0; start < n; start++) {
        const colour = new Map([[start, 0]])
        const queue = [start]
        let isOdd = false
        for (const k of queue) {
          for (const j of neighbours[k]!) {
            if (!colour.has(j)) {
              colour.set(j, 1 - colour.get(k)!)
              queue.push(j)
            } else if (colour.get(j) === colour.get(k)) isOdd = true
          }
        }
        if (isOdd) expected[start] = 0
      }
      assert.deepStrictEqual(marks(votes, n), expected)
    }
  )
})
