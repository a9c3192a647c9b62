import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { split } from "../../src/stages/split.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"

const fields = { id: Schema.String, promptId: Schema.String }

const rowsOf = (n: number, pairsPerPrompt = 1) =>
  Array.from({ length: n * pairsPerPrompt }, (_, i) => ({ id: `pair ${i}`, promptId: `prompt ${i % n}` }))

stageContract("split", { fields, rows: rowsOf(10, 2), stage: split({ test: 0.3, validation: 0.3 }) })

const run = Effect.fnUntraced(function* (
  rows: ReturnType<typeof rowsOf>,
  shares: Parameters<typeof split>[0],
  seed = 0
) {
  const { rows: made } = yield* collect(pipelineOf(rows, fields).pipe(split(shares)), { seed })
  return made.map((row) => row.split)
})

describe("split", () => {
  it.effect("split gives each split its share and train the rest", () =>
    Effect.gen(function* () {
      const n = 20_000
      const names = yield* run(rowsOf(n), { test: 0.1, validation: 0.25 })
      for (const [name, share] of [
        ["test", 0.1],
        ["validation", 0.25],
        ["train", 0.65]
      ] as const) {
        const count = names.filter((other) => other === name).length
        assert.closeTo(count / n, share, 4 * Math.sqrt((share * (1 - share)) / n), name)
      }
      assert.deepStrictEqual([...new Set(yield* run(rowsOf(50), {}))], ["train"])
      assert.deepStrictEqual([...new Set(yield* run(rowsOf(50), { all: 1 }))], ["all"])
      assert.notInclude(yield* run(rowsOf(500), { none: 0 }), "none")
    })
  )

  it.effect("split keeps all pairs of a prompt together, whatever the seed and the other rows", () =>
    Effect.gen(function* () {
      const shares = { test: 0.4, validation: 0.2 }
      const rows = rowsOf(100, 5)
      const names = yield* run(rows, shares)
      const byPrompt = new Map(rows.map(({ promptId }, i) => [promptId, names[i]!]))
      for (const [i, { promptId }] of rows.entries()) assert.strictEqual(names[i], byPrompt.get(promptId))
      const some = rows.slice(7, 40).toReversed()
      assert.deepStrictEqual(
        yield* run(some, shares, 99),
        some.map(({ promptId }) => byPrompt.get(promptId)!)
      )
      assert.strictEqual(new Set(names).size, 3)
    })
  )

  it("split refuses shares that cannot be and takes those that sum to 1 but for rounding", () => {
    for (const shares of [{ test: -0.1 }, { test: 1.1 }, { test: 0.6, validation: 0.5 }, { test: Number.NaN }]) {
      assert.throws(() => split(shares), /expected shares from 0 that sum to at most 1/)
    }
    const shares = { a: 0.4, b: 0.35 + 1e-16, c: 0.25 + 2e-16 }
    assert.isAbove(shares.a + shares.b + shares.c, 1)
    split(shares)
  })
})
