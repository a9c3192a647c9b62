import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { importGaps } from "../../src/stages/importGaps.ts"
import { pairStrengths } from "../../src/stages/pairStrengths.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"

const text = Schema.String
const fields = {
  id: text,
  prompt_1: text,
  chosen_1: text,
  rejected_1: text,
  prompt_2: text,
  chosen_2: text,
  rejected_2: text,
  answer: text,
  worker: text
}

const rowOf = (one: string, two: string, answer: string, worker = "w") => ({
  id: `${one}${two}${worker}`,
  prompt_1: `question ${one}`,
  chosen_1: `good ${one}`,
  rejected_1: `bad ${one}`,
  prompt_2: `question ${two}`,
  chosen_2: `good ${two}`,
  rejected_2: `bad ${two}`,
  answer,
  worker
})

const options = {
  first: { prompt: "prompt_1", chosen: "chosen_1", rejected: "rejected_1" },
  second: { prompt: "prompt_2", chosen: "chosen_2", rejected: "rejected_2" },
  verdict: "answer",
  values: { first: "A", second: "B", tie: "C" },
  annotator: "worker"
} as const

const rows = [
  rowOf("a", "b", "A"),
  rowOf("a", "c", "B", "v"),
  rowOf("b", "c", "C"),
  rowOf("a", "b", "?"),
  rowOf("a", "a", "A")
]

stageContract("importGaps", { fields, rows, stage: importGaps(options) })

describe("importGaps", () => {
  it.effect("importGaps puts the pair that people found stronger on the strong side, and says who", () =>
    Effect.gen(function* () {
      const { rejects, rows: made } = yield* collect(pipelineOf(rows, fields).pipe(importGaps(options)))
      assert.deepStrictEqual(
        made.map(({ labelSource, strong, tie, weak }) => [strong.prompt, weak.rejected, labelSource, tie]),
        [
          ["question a", "bad b", "w", false],
          ["question c", "bad a", "v", false]
        ]
      )
      assert.strictEqual(made[0]!.strong.id, made[1]!.weak.id)
      assert.deepStrictEqual(
        rejects.map(({ reason }) => reason),
        ["tie", "unknown verdict", "same pair"]
      )
      assert.match(rejects[1]!.detail, /found "\?", expected "A", "B", "C"/)
    })
  )

  it.effect("importGaps keeps ties when asked to, for strengths over all that people said", () =>
    Effect.gen(function* () {
      const pipeline = pipelineOf(rows, fields).pipe(importGaps({ ...options, tie: "keep" }), pairStrengths())
      const { rows: made } = yield* collect(pipeline)
      assert.deepStrictEqual(
        made.map(({ prompt }) => prompt),
        ["question a", "question b", "question c"]
      )
      const [a, b, c] = made.map(({ strength }) => strength) as [number, number, number]
      assert.isTrue(c > a && a > b)
    })
  )

  it("importGaps wants its columns to be there", () => {
    assert.throws(() => pipelineOf(rows, fields).pipe(importGaps({ ...options, verdict: "gone" })), /gone/)
  })
})
