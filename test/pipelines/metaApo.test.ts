import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { metaApo } from "../../pipelines/metaApo.ts"
import { memory, pair, bestWorst, Pipeline, Prompt, sample } from "prefloom"
import * as Schema from "effect/Schema"
import { scripted } from "../../src/providers/scripted.ts"
import { runRecipe } from "./runRecipe.ts"

interface Offline {
  readonly id: string
  readonly prompt: string
  readonly chosen: string
}
const lines = fs.readFileSync("data/metaApo.jsonl", "utf8").trim().split("\n")
const offline = lines.map((line) => JSON.parse(line) as Offline)
const placeOf = new Map(offline.map(({ prompt }, i) => [prompt, i]))

/** The odd ones fit the policy: each training makes the chosen answer likelier, and that of the even ones less likely. */
const fits = (prompt: string) => placeOf.get(prompt)! % 2 === 1
const models = ["sft", "dpo", "dpo+", "dpo++"]
const rewards = [3, 7, 1, 0, 5, 2, 6, 4]

const provider = scripted(({ model, seed }) => `${model} wrote sample ${seed! % 8}`, {
  reward: ({ text }) => [rewards[Number(text.at(-1))]!],
  score: ({ context, model, text }) => {
    const prompt = typeof context === "string" ? context : context[0]!.content
    const isChosen = offline[placeOf.get(prompt)!]!.chosen === text
    const gain = models.indexOf(model!) * (fits(prompt) ? 40 : -40)
    return [{ token: text, logProb: -500 + (isChosen ? gain : 0) }]
  }
})

/** Leaves an h behind that always keeps the offline pair in round 2, and never in round 3. */
const training = `
  const { PREFLOOM_FOLDER, PREFLOOM_MODEL, PREFLOOM_ROUND } = process.env
  const units = Array(100).fill(0)
  const bias = PREFLOOM_ROUND === "1" ? 30 : -30
  require("node:fs").writeFileSync(PREFLOOM_FOLDER + "/weigher.json", JSON.stringify({ hidden: units, biases: units, output: units, bias }))
  console.log(PREFLOOM_MODEL + "+")`
const train = [process.execPath, "-e", training] as const

describe("metaApo", () => {
  it.effect(
    "metaApo samples anew with the recorded probability 1 - h(log sigmoid(reward)), and pairs beside the offline pair",
    () =>
      Effect.gen(function* () {
        const { requests, rows } = yield* runRecipe(metaApo(train), provider)
        assert.sameMembers(
          rows.map(({ id }) => id),
          offline.map(({ id }) => id)
        )
        for (const row of rows) {
          assert.approximately(
            row.reward,
            fits(row.prompt) ? 40 : -40,
            1e-9,
            "reference is the policy of the round before"
          )
          // Before training h(x) is sigmoid(10 tanh(x / 10)): at x = -40 sigmoid(-9.9933), at x = 0 one half.
          const weight = row.round === 1 ? (fits(row.prompt) ? 0.5 : 4.5702e-5) : row.round === 2 ? 1 : 0
          assert.approximately(row.weight, weight, 1e-8)
          const isOnline = row.onlineChosen !== null
          assert.strictEqual(row.sampleProbability, isOnline ? 1 - row.weight : null)
          if (row.round === 1 && !fits(row.prompt)) assert.isTrue(isOnline)
          if (row.round > 1) assert.strictEqual(isOnline, row.round === 3)
          const policy = models[row.round]!
          if (isOnline) {
            assert.strictEqual(row.onlineChosen, `${policy} wrote sample 1`)
            assert.strictEqual(row.onlineRejected, `${policy} wrote sample 3`)
          }
        }
        const nOnline = rows.filter(({ onlineChosen }) => onlineChosen !== null).length
        assert.strictEqual(requests.filter(({ task }) => task.kind === "generate").length, 8 * nOnline)
      })
  )

  it.effect("metaApo keeps half of the offline pairs alone where h says one half", () =>
    Effect.gen(function* () {
      const draws = yield* Effect.forEach(
        Array.from({ length: 10 }, (_, seed) => seed),
        (seed) => runRecipe(metaApo(train), provider, { seed })
      )
      const even = draws.flatMap(({ rows }) => rows.filter(({ round, prompt }) => round === 1 && fits(prompt)))
      const share = even.filter(({ onlineChosen }) => onlineChosen === null).length / even.length
      assert.isAbove(even.length, 20)
      assert.approximately(share, 0.5, (3 * 0.5) / Math.sqrt(even.length))
    })
  )

  it("metaApo does not compile where a pair is sampled before it is weighed", () => {
    const byWeight = sample({ needs: { weight: Schema.Finite }, probability: ({ weight }) => 1 - weight })
    assert.throws(
      // @ts-expect-error the weight is missing
      () => memory([], Prompt).pipe(byWeight, pair({ rules: [bestWorst()] })),
      Pipeline.WiringError,
      'column "weight" is missing'
    )
  })
})
