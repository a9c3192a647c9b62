import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { haNoRec } from "../../pipelines/haNoRec.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { runRecipe } from "./runRecipe.ts"

/** Cosine with the item that was taken next, and what the policy has learnt of the pair against the reference, in nats. */
const negatives: Readonly<Record<string, { readonly cosine: number; readonly gap: number }>> = {
  "rain jacket, red": { cosine: 1, gap: 0 },
  "garden gnome": { cosine: -1, gap: 0 },
  "tube of cobalt": { cosine: 0, gap: 0 },
  "car tyre": { cosine: 0, gap: 10 * Math.log(3) },
  "bread knife": { cosine: 1, gap: -10 * Math.log(3) }
}

/** "beach ball" is not embedded, so there is no evidence on it. */
const provider = scripted(() => "nothing is generated", {
  embed: ({ text }) => {
    const cosine = negatives[text]?.cosine ?? 1
    return [3 * cosine, 3 * Math.sqrt(1 - cosine ** 2)]
  },
  score: ({ model, text }) => {
    if (text === "beach ball") return []
    return [{ token: text, logProb: -4 - (model === "policy" ? (negatives[text]?.gap ?? 0) : 0) }]
  }
})

describe("haNoRec", () => {
  it.effect("haNoRec weighs pairs up that are hard and that the policy does not tell apart yet", () =>
    Effect.gen(function* () {
      const { rejects, requests, rows } = yield* runRecipe(haNoRec, provider)
      assert.deepStrictEqual(requests, [])
      const weights = new Map(rows.map(({ rejected, weight }) => [rejected, weight]))
      // Twice (1 + cosine) / 2 times the policy's probability of the wrong order: 1/2 without a gap, 1/4 and 3/4 at ten times ln 3.
      const expected = {
        "rain jacket, red": 1,
        "garden gnome": 0,
        "tube of cobalt": 0.5,
        "car tyre": 0.25,
        "bread knife": 1.5
      }
      assert.sameMembers([...weights.keys()], Object.keys(expected))
      for (const [item, weight] of Object.entries(expected))
        assert.approximately(weights.get(item)!, weight, 1e-9, item)
      assert.isTrue(rows.every(({ chosen, prompt, promptId }) => !prompt.includes(chosen) && promptId !== ""))
      assert.deepStrictEqual(
        rejects.filter(({ stage }) => stage === "weighByHardness").map(({ id, reason }) => [id, reason]),
        [["user-3 1", "no evidence"]]
      )
    })
  )
})
