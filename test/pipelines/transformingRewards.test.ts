import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { memory, Pipeline, Prompt, generate, aggregate } from "prefloom"
import { transformingRewards } from "../../pipelines/transformingRewards.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { runRecipe } from "./runRecipe.ts"

/** Rewards of the eight samples of the policy. Sample 0 is most helpful by far and does harm; sample 1 is good at both. */
const helpful = [1000, 8, 5, 5, 5, 5, 5, 0]
const harmless = [-2, 4, 1, 1, 1, 1, 1, -9]

/** What the policy calls different has to be different in words, or no pair is made of it. */
const words = ["apricot", "barley", "clover", "damson", "elder", "fennel", "ginger", "hazel"]

const provider = scripted(
  ({ model, seed }) => `${model} says ${words[seed! % 8]} and nothing but ${words[seed! % 8]}`,
  {
    // The helpful rewards of the reference model are 0 to 7, the harmless ones all 2.
    reward: ({ model, text }) => {
      const sample = words.indexOf(text.split(" ").at(-1)!)
      if (text.startsWith("reference")) return [model === "helpful" ? sample : 2]
      return [(model === "helpful" ? helpful : harmless)[sample]!]
    }
  }
)

const logSigmoid = (x: number) => -Math.log(1 + Math.exp(-x))

describe("transformingRewards", () => {
  it.effect(
    "transformingRewards lets no extreme reward make up for a bad one, measured against the prompt's reference samples",
    () =>
      Effect.gen(function* () {
        const { requests, rows } = yield* runRecipe(transformingRewards, provider)
        assert.strictEqual(rows.length, 128)
        assert.strictEqual(requests.filter(({ task }) => task.kind === "generate").length, 128 * 16)
        for (const { chosen, rejected, scoreChosen, scoreRejected } of rows) {
          assert.strictEqual(chosen, "policy says barley and nothing but barley")
          assert.strictEqual(rejected, "policy says hazel and nothing but hazel")
          // The 85th percentile of 0 to 7 is 0.85 × 7.
          assert.approximately(scoreChosen!, logSigmoid(8 - 5.95) + logSigmoid(4 - 2), 1e-12)
          assert.approximately(scoreRejected!, logSigmoid(0 - 5.95) + logSigmoid(-9 - 2), 1e-12)
        }
      })
  )

  it("transformingRewards does not compile where rewards are combined before they are given", () => {
    assert.throws(
      // @ts-expect-error judgments are missing
      () => memory([], Prompt).pipe(generate({ n: 16 }), aggregate({ by: "logSigmoidSum" })),
      Pipeline.WiringError,
      'column "judgments" is missing'
    )
  })
})
