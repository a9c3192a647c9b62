import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ordMoe } from "../../pipelines/ordMoe.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { runRecipe } from "./runRecipe.ts"

/** The worst tier writes most; on the receipt the second tier is cut off, on the chart two agree, on the cat all three. */
const provider = scripted(({ messages, model }) => {
  const { content } = messages[0]!
  const tier = Number(model!.at(-1))
  const completion = (text: string, finishReason: "stop" | "length" = "stop") =>
    ({ text, finishReason, model: model!, usage: null, planted: null }) as const
  if (content.includes("cat")) return completion("It sleeps.")
  if (content.includes("chart") && tier > 1) return completion("The second bar.")
  return completion(
    `Tier ${tier} ${"says so ".repeat(tier)}`,
    content.includes("receipt") && tier === 2 ? "length" : "stop"
  )
})

describe("ordMoe", () => {
  it.effect("ordMoe ranks answers by the tier that wrote them and by nothing else", () =>
    Effect.gen(function* () {
      const { rejects, requests, rows } = yield* runRecipe(ordMoe, provider)
      const listOf = (id: string) =>
        rows.find((row) => row.id === id)!.responses.map(({ model, rank }) => [model, rank])
      assert.deepStrictEqual(listOf("picture-1"), [
        ["experts-1", 1],
        ["experts-2", 2],
        ["experts-3", 3]
      ])
      assert.deepStrictEqual(
        listOf("picture-2"),
        [
          ["experts-1", 1],
          ["experts-3", 2]
        ],
        "an answer that was cut off has no place"
      )
      const chart = rows.find(({ id }) => id === "picture-3")!.responses
      assert.deepStrictEqual(
        chart.map(({ rank, text }) => [rank, text]),
        [
          [1, "Tier 1 says so "],
          [2, "The second bar."]
        ]
      )
      assert.deepStrictEqual(
        rejects.map(({ id, reason }) => [id, reason]),
        [["picture-4", "tooFew"]]
      )
      assert.strictEqual(requests.length, 3 * 4)
      assert.isTrue(
        requests.every(({ task }) => task.kind === "generate"),
        "nobody judges"
      )
    })
  )
})
