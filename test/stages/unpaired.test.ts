import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { bestWorst } from "../../src/pairings/bestWorst.ts"
import { injected } from "../../src/pairings/injected.ts"
import { threshold } from "../../src/pairings/threshold.ts"
import { unpaired, type UnpairedBy } from "../../src/stages/unpaired.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"
import { groupFields, groupOf, labelledFields, someLabelledGroups } from "./groups.ts"

const groups = someLabelledGroups(8).map((row, i) =>
  i === 2 ? { ...row, candidates: row.candidates.slice(0, 1) } : row
)
for (const [name, options] of Object.entries<UnpairedBy>({
  "unpaired by side": { by: "side", rules: [bestWorst({ tie: "random" }), injected()] },
  "unpaired by score": { by: "score", high: 0.2, low: -0.2 }
})) {
  stageContract(name, { fields: labelledFields, rows: groups, stage: unpaired(options) })
}

const run = Effect.fnUntraced(function* (options: UnpairedBy, ...given: Parameters<typeof groupOf>) {
  const row = groupOf(...given)
  const [first, second] = yield* Effect.all(
    [row.candidates, row.candidates.toReversed()].map((candidates) =>
      collect(pipelineOf([{ ...row, candidates }], groupFields).pipe(unpaired(options)))
    )
  )
  assert.deepStrictEqual(second!.rows, first!.rows)
  return {
    rows: first!.rows,
    named: first!.rows.map(({ completionId, label }) => `${completionId} ${label}`),
    reasons: first!.rejects.map(({ reason }) => reason)
  }
})

const injection = { errorType: "logic", injector: "m", similarity: 0.9, lengthRatio: 1 }

describe("unpaired", () => {
  it.effect("unpaired labels by score, mean or median and leaves out what lies between", () =>
    Effect.gen(function* () {
      const scores = { a: 9, b: 5, c: 1, d: 5, e: null }
      assert.deepStrictEqual((yield* run({ by: "score", high: 9, low: 1 }, "r", scores)).named, ["a true", "c false"])
      const mean = yield* run({ by: "mean" }, "r", { a: 9, b: 2, c: 1 })
      assert.deepStrictEqual(mean.named, ["a true", "b false", "c false"])
      assert.deepStrictEqual((yield* run({ by: "median" }, "r", { a: 9, b: 2, c: 1 })).named, ["a true", "c false"])
      assert.deepStrictEqual((yield* run({ by: "median" }, "r", { a: 9, b: 2 })).named, ["a true", "b false"])
      assert.deepStrictEqual((yield* run({ by: "median" }, "r", { a: 2, b: 2 })).reasons, ["no label"])
      assert.throws(() => unpaired({ by: "score", high: 1, low: 1 }), /high 1 and low 1/)
    })
  )

  it.effect("unpaired labels by side with everything there is to know about the completion", () =>
    Effect.gen(function* () {
      const more = { x: { parentId: "a", injection, plantedQuality: 0.25, model: "n" } }
      const { rows } = yield* run({ by: "side", rules: [injected()] }, "r", { a: 9, x: 2 }, more)
      const [wanted, { id, ...unwanted }] = [rows[0]!, rows[1]!]
      assert.deepStrictEqual([wanted.completionId, wanted.label, wanted.errorType], ["a", true, null])
      assert.match(id, /^[0-9a-f]{24}$/)
      assert.deepStrictEqual(unwanted, {
        promptId: "r",
        prompt: "prompt of r",
        completion: "text x",
        label: false,
        completionId: "x",
        model: "n",
        score: 2,
        rule: "injected",
        errorType: "logic",
        plantedQuality: 0.25
      })
    })
  )

  it.effect("unpaired leaves out a text that is wanted here and unwanted there", () =>
    Effect.gen(function* () {
      const rules = [bestWorst(), { ...threshold({ high: 5, low: 4 }), rule: "low" }, injected()]
      const { named, reasons } = yield* run(
        { by: "side", rules },
        "r",
        { a: 9, b: 5, c: 1, x: 7 },
        { x: { parentId: "c", injection } }
      )
      assert.deepStrictEqual(
        [...named].toSorted((a, b) => (a < b ? -1 : 1)),
        ["a true", "b true"]
      )
      assert.deepStrictEqual(reasons, ["both labels", "both labels"])
      const same = yield* run({ by: "score", high: 8, low: 3 }, "r", { a: 9, b: 2 }, { b: { text: "TEXT a" } })
      assert.deepStrictEqual([same.named, same.reasons], [[], ["both labels"]])
    })
  )
})
