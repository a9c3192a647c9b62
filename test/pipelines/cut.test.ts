import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { scripted } from "../../src/providers/scripted.ts"
import { cut } from "../../pipelines/cut.ts"
import { runRecipe } from "./runRecipe.ts"

const answer = "It is bright blue and wrong"

/** By the domain of the prompt: wrong, liked but for a trifle, or without fault. */
const judge = (prompt: string) => {
  if (prompt.includes("?") && prompt.length % 3 === 0) return { critique: "It says wrong.", score: 3 }
  return prompt.length % 3 === 1 ? { critique: "A trifle.", score: 7 } : { critique: null, score: 5 }
}

/** Finds "wrong" twice as likely where the judgment speaks of it, "bright" a little likelier, and all else as before. */
const script = scripted(({ task }) => (task.kind === "rate" ? JSON.stringify(judge(task.prompt)) : answer), {
  score: ({ context, text }) => {
    const isTold = typeof context === "string" && context.includes("It says wrong.")
    return [...text.matchAll(/\s*\S+/g)].map(([token]) => {
      const factor = !isTold ? 1 : token.trim() === "wrong" ? 2 : token.trim() === "bright" ? 1.09 : 1
      return { token, logProb: Math.log(0.2 * factor) }
    })
  }
})

describe("the recipe of CUT", () => {
  const ran = runRecipe(cut, script)

  it.effect("cut keeps judgments in words, null from a score of 7 and where nothing is wrong", () =>
    Effect.map(ran, ({ rows }) => {
      for (const { judgment, output, prompt, score } of rows) {
        const given = judge(prompt)
        assert.deepStrictEqual([output, score], [answer, given.score])
        assert.strictEqual(judgment, given.score === 3 ? given.critique : null)
      }
      assert.deepStrictEqual(new Set(rows.map(({ score }) => score)), new Set([3, 5, 7]))
    })
  )

  it.effect(
    "cut keeps a quarter as many satisfied records as others in each of five rounds, other ones each time",
    () =>
      Effect.map(ran, ({ rejects, rows }) => {
        const rounds = Map.groupBy(rows, ({ round }) => round)
        assert.deepStrictEqual([...rounds.keys()], [1, 2, 3, 4, 5])
        const kept = new Set<string>()
        for (const some of rounds.values()) {
          const satisfied = some.filter(({ judgment }) => judgment === null)
          assert.strictEqual(satisfied.length, Math.floor((some.length - satisfied.length) / 4))
          kept.add(satisfied.map(({ id }) => id).join())
        }
        assert.strictEqual(kept.size, 5)
        assert.strictEqual(rejects.length + rows.length, 5 * 128)
      })
  )

  it.effect("cut asks afresh in every round", () =>
    Effect.map(ran, ({ requests }) => {
      const seeds = requests.filter(({ task }) => task.kind === "generate").map(({ seed }) => seed)
      assert.strictEqual(new Set(seeds).size, 5)
    })
  )

  it.effect("cut blames the tokens that the judgment makes likelier by more than a tenth, and none without one", () =>
    Effect.map(ran, ({ rows, scoreRequests }) => {
      for (const { judgment, outputWeights, tokens } of rows) {
        assert.strictEqual(
          tokens.map(({ end, start }) => answer.slice(start, end)).join(""),
          judgment === null ? "" : answer
        )
        assert.strictEqual(outputWeights.at(-1)!.end, answer.length)
        const spansOf = (wanted: number) => outputWeights.filter(({ weight }) => weight === wanted)
        assert.deepStrictEqual(
          spansOf(1).map(({ end, start }) => answer.slice(start, end)),
          judgment === null ? [] : [" wrong"]
        )
        assert.strictEqual(spansOf(0).length + spansOf(1).length, outputWeights.length)
        for (const { ratio } of tokens.slice(-1)) assert.closeTo(ratio, 2, 1e-9)
      }
      assert.isFalse(scoreRequests.some(({ context }) => JSON.stringify(context).includes("A trifle")))
    })
  )
})
