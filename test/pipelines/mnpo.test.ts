import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mnpo } from "../../pipelines/mnpo.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { runRecipe } from "./runRecipe.ts"

const prompts = fs
  .readFileSync("data/mnpo.jsonl", "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as { readonly id: string; readonly prompt: string })
const [alike, tied] = prompts

/** What the reward model thinks of the sample of a seed. */
const rewards = new Map([
  [13, 1],
  [21, 5],
  [42, 2],
  [79, 0],
  [100, 3]
])
const nTrainings = (model: string | null) => model!.split("+").length - 1

const provider = scripted(
  ({ messages, model, seed }) =>
    messages[0]!.content === alike!.prompt ? "always this" : `${model} wrote sample ${seed} of ${messages[0]!.content}`,
  {
    reward: ({ messages, text }) => [
      messages[0]!.content === tied!.prompt ? 7 : rewards.get(Number(/sample (\d+)/.exec(text)?.[1]))!
    ],
    // Each training makes what is likely likelier; the text of seed 21 is the likelier one.
    score: ({ model, text }) => [
      { token: text, logProb: -10 + nTrainings(model) * (text.includes("sample 21") ? 2 : -1) }
    ]
  }
)

const train = [process.execPath, "-e", 'console.log(process.env.PREFLOOM_MODEL + "+")'] as const

describe("mnpo", () => {
  it.effect("mnpo pairs best and worst of five seeds and scores both under every policy so far", () =>
    Effect.gen(function* () {
      const { rejects, requests, rows } = yield* runRecipe(mnpo(train), provider)
      const roundsOf = Map.groupBy(rows, ({ promptId }) => promptId)
      const left = rejects.filter(({ reason }) => reason !== "shard of another round")
      assert.deepStrictEqual(
        new Map(left.map(({ id, reason }) => [id, reason])),
        new Map([
          [alike!.id, "all samples are equal"],
          [tied!.id, "bestWorst: tie"]
        ])
      )
      assert.sameMembers(
        [...roundsOf.keys()],
        prompts.slice(2).map(({ id }) => id)
      )
      assert.sameMembers([...new Set(rows.map(({ round }) => round))], [1, 2, 3])
      for (const [promptId, own] of roundsOf)
        assert.strictEqual(own.length, 1, `${promptId} is used in one round alone`)

      const names = ["reference", "reference+", "reference++"]
      for (const { chosen, chosenLogProbs, prompt, rejected, rejectedLogProbs, round } of rows) {
        const history = names.slice(0, round)
        assert.strictEqual(chosen, `${history.at(-1)} wrote sample 21 of ${prompt}`)
        assert.strictEqual(rejected, `${history.at(-1)} wrote sample 79 of ${prompt}`)
        assert.deepStrictEqual(
          chosenLogProbs,
          history.map((model, k) => ({ model, logProb: -10 + 2 * k, nTokens: 1 }))
        )
        assert.deepStrictEqual(
          rejectedLogProbs,
          history.map((model, k) => ({ model, logProb: -10 - k, nTokens: 1 }))
        )
      }

      assert.strictEqual(requests.length, 5 * prompts.length)
      for (const own of Map.groupBy(requests, ({ messages }) => messages[0]!.content).values()) {
        assert.sameMembers(
          own.map(({ seed }) => seed),
          [...rewards.keys()]
        )
        for (const { maxTokens, temperature, topP } of own) {
          assert.deepStrictEqual([temperature, topP, maxTokens], [0.8, 0.95, 4096])
        }
      }
    })
  )
})
