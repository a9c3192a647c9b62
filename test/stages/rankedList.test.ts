import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { rankedList } from "../../src/stages/rankedList.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"
import { groupFields, groupOf, labelledFields, someLabelledGroups } from "./groups.ts"

stageContract("rankedList", {
  fields: labelledFields,
  rows: someLabelledGroups(8).map((row, i) => (i === 2 ? { ...row, candidates: row.candidates.slice(0, 1) } : row)),
  stage: rankedList()
})

describe("rankedList", () => {
  it.effect("rankedList orders by score with equal ranks for ties and one place for each text", () =>
    Effect.gen(function* () {
      const row = groupOf(
        "r",
        { a: 3, b: 9, c: 3, d: 1, e: null, g: 2, f: 4 },
        { f: { text: "Same" }, g: { text: "same " }, d: { model: "small" } }
      )
      for (const candidates of [row.candidates, row.candidates.toReversed()]) {
        const { rejects, rows } = yield* collect(pipelineOf([{ ...row, candidates }], groupFields).pipe(rankedList()))
        assert.deepStrictEqual(rejects, [])
        assert.deepStrictEqual(rows, [
          {
            id: "r",
            prompt: "prompt of r",
            responses: [
              { id: "b", text: "text b", model: "m", score: 9, rank: 1 },
              { id: "a", text: "text a", model: "m", score: 3, rank: 2 },
              { id: "c", text: "text c", model: "m", score: 3, rank: 2 },
              { id: "f", text: "Same", model: "m", score: 3, rank: 2 },
              { id: "d", text: "text d", model: "small", score: 1, rank: 3 }
            ],
            nRanks: 3
          }
        ])
      }
    })
  )

  it.effect("rankedList rejects prompts with nothing to rank", () =>
    Effect.gen(function* () {
      const rows = [groupOf("one", { a: 1, b: null }), groupOf("even", { a: 2, b: 2 }), groupOf("none", {})]
      const { rejects, rows: made } = yield* collect(pipelineOf(rows, groupFields).pipe(rankedList()))
      assert.deepStrictEqual(made, [])
      assert.deepStrictEqual(
        rejects.map(({ id, reason }) => `${id} ${reason}`),
        ["one tooFew", "even tie", "none tooFew"]
      )
    })
  )
})
