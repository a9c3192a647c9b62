import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { scripted } from "../../src/providers/scripted.ts"
import { adopt } from "../../src/stages/adopt.ts"
import { inject } from "../../src/stages/inject.ts"
import { stageContract } from "../contracts/stage.ts"
import { candidateOf } from "./candidates.ts"
import { collect, pipelineOf } from "./collect.ts"

const fields = { id: Schema.String, prompt: Schema.String, chosen: Schema.String, rejected: Schema.String }
const rows = Array.from({ length: 5 }, (_, i) => ({
  id: `row ${i}`,
  prompt: `prompt ${i}`,
  chosen: `The sky is blue on day ${i} of the week`,
  rejected: i === 4 ? "The sky is blue on day 4 of the week" : `no idea ${i}`
}))

stageContract("adopt", { fields, rows, stage: adopt() })

describe("adopt", () => {
  it.effect("adopt makes candidates of chosen and rejected, in this order, each with an id of its own", () =>
    Effect.gen(function* () {
      const { rows: made } = yield* collect(pipelineOf(rows, fields).pipe(adopt({ model: "ultrafeedback" })))
      const [first] = made
      const [chosen, rejected] = first!.candidates
      const expected = { model: "ultrafeedback", plantedQuality: null }
      assert.deepStrictEqual(chosen, candidateOf({ id: chosen!.id, text: rows[0]!.chosen, ...expected }))
      assert.deepStrictEqual(
        rejected,
        candidateOf({ id: rejected!.id, text: "no idea 0", sampleIndex: 1, ...expected })
      )
      const ids = made.flatMap(({ candidates }) => candidates.map(({ id }) => id))
      assert.strictEqual(new Set(ids).size, 10)
      const turned = yield* collect(pipelineOf(rows.toReversed(), fields).pipe(adopt()))
      assert.deepStrictEqual(
        turned.rows.toReversed().flatMap(({ candidates }) => candidates.map(({ id }) => id)),
        ids
      )
      assert.strictEqual(turned.rows[0]!.candidates[0]!.model, "adopted")
    })
  )

  it.effect("adopt lets the chosen text be corrupted, as SeaPO does", () =>
    Effect.gen(function* () {
      const provider = scripted(({ task }) => (task.kind === "inject" ? task.original.replace("blue", "green") : ""))
      const pipeline = pipelineOf(rows, fields).pipe(adopt(), inject({ target: "first" }))
      const { rows: made } = yield* collect(pipeline, { provider })
      for (const { candidates, chosen } of made) {
        assert.strictEqual(candidates[2]!.text, chosen.replace("blue", "green"))
        assert.strictEqual(candidates[2]!.parentId, candidates[0]!.id)
      }
    })
  )

  it.effect("adopt takes the texts of other columns, in their order", () =>
    Effect.gen(function* () {
      const captions = [{ id: "a", caption: "a red kettle", title: "kitchen" }]
      const texts = { id: Schema.String, caption: Schema.String, title: Schema.String }
      const { rows: made } = yield* collect(
        pipelineOf(captions, texts).pipe(adopt({ columns: ["title", "caption"], model: "people" }))
      )
      assert.deepStrictEqual(
        made[0]!.candidates.map(({ model, sampleIndex, text }) => [model, sampleIndex, text]),
        [
          ["people", 0, "kitchen"],
          ["people", 1, "a red kettle"]
        ]
      )
      assert.throws(() => adopt({ columns: [] }), "Cannot adopt: found no column, expected one or more")
    })
  )
})
