import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { sample } from "../../src/stages/sample.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"

const fields = { id: Schema.String, margin: Schema.Finite }
const rowsOf = (n: number) => Array.from({ length: n }, (_, i) => ({ id: `row ${i}`, margin: (i % 10) / 10 }))
const byMargin = sample({ needs: fields, probability: ({ margin }) => 0.2 + 0.8 * margin })

stageContract("sample", { fields, rows: rowsOf(40), stage: byMargin })

describe("sample", () => {
  it.effect("sample writes down probabilities that make up for what was left out", () =>
    Effect.gen(function* () {
      const n = 20_000
      const rows = rowsOf(n)
      const { rejects, rows: made } = yield* collect(pipelineOf(rows, fields).pipe(byMargin))
      for (const { margin, sampleProbability } of made) assert.strictEqual(sampleProbability, 0.2 + 0.8 * margin)
      assert.strictEqual(made.length + rejects.length, n)
      assert.isTrue(rejects.every(({ detail, reason }) => reason === "not drawn" && detail.startsWith("probability ")))
      const variance = rows.reduce((sum, { margin }) => sum + 1 / (0.2 + 0.8 * margin) - 1, 0)
      const estimate = made.reduce((sum, { sampleProbability }) => sum + 1 / sampleProbability, 0)
      assert.closeTo(estimate, n, 4 * Math.sqrt(variance))
      assert.isBelow(made.length, 0.7 * n)
    })
  )

  it.effect("sample draws by seed and id alone, anew in each stage, and multiplies probabilities", () =>
    Effect.gen(function* () {
      const rows = rowsOf(4000)
      const half = sample({ needs: {}, probability: () => 0.5 })
      const { rows: made } = yield* collect(pipelineOf(rows, fields).pipe(half, half))
      assert.isTrue(made.every(({ sampleProbability }) => sampleProbability === 0.25))
      assert.closeTo(made.length / 4000, 0.25, 4 * Math.sqrt((0.25 * 0.75) / 4000))
      const { rows: reversed } = yield* collect(pipelineOf(rows.toReversed(), fields, 3).pipe(half, half))
      assert.deepStrictEqual(reversed.toReversed(), made)
      const { rows: other } = yield* collect(pipelineOf(rows, fields).pipe(half, half), { seed: 1 })
      assert.notDeepEqual(other, made)
    })
  )

  it.effect("sample keeps all at 1 and none at 0", () =>
    Effect.gen(function* () {
      const stage = sample({ needs: { margin: fields.margin }, probability: ({ margin }) => Number(margin < 0.5) })
      const rows = rowsOf(1000)
      const { rows: made } = yield* collect(pipelineOf(rows, fields).pipe(stage))
      assert.deepStrictEqual(
        made.map(({ id }) => id),
        rows.filter(({ margin }) => margin < 0.5).map(({ id }) => id)
      )
    })
  )

  it.effect("sample ends the run on a probability that is none", () =>
    Effect.gen(function* () {
      for (const probability of [-0.1, 1.1, Number.NaN]) {
        const stage = sample({ needs: {}, probability: () => probability })
        const exit = yield* Effect.exit(collect(pipelineOf(rowsOf(1), fields).pipe(stage)))
        assert.match(String(exit), /Cannot draw row "row 0": found probability/)
      }
    })
  )
})
