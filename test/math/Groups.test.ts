import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { Groups } from "../../src/math/Groups.ts"

const number = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 40 }))

describe("Groups", () => {
  it.prop(
    "Groups holds together what is connected, by its lowest number",
    { joins: Schema.Array(Schema.Tuple([number, number])) },
    ({ joins }) => {
      const groups = new Groups()
      for (const [a, b] of joins) groups.join(a, b)
      // Labels spread along the joins until nothing changes.
      const expected = Array.from({ length: 41 }, (_, i) => i)
      for (let round = 0; round < 41; round++) {
        for (const [a, b] of joins) expected[a] = expected[b] = Math.min(expected[a]!, expected[b]!)
      }
      assert.deepStrictEqual(
        expected.map((_, i) => groups.of(i)),
        expected
      )
    }
  )

  it("Groups takes long chains", () => {
    const groups = new Groups()
    for (let i = 100_000; i > 0; i--) groups.join(i, i - 1)
    assert.strictEqual(groups.of(100_000), 0)
    assert.strictEqual(groups.of(100_001), 100_001)
  })
})
