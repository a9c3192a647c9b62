import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { scripted } from "../../src/providers/scripted.ts"
import { aceSearcher } from "../../pipelines/aceSearcher.ts"
import { runRecipe } from "./runRecipe.ts"

/** Decompositions 0 and 1 are as good as each other, but 1 has seven sub-questions; 2 is the worst. */
const decompositions = [
  "Who built it [0]?\nIn which town was that?",
  "a [1]\nb\nc\nd\ne\nf\ng",
  "What [2]?",
  "Which [3]?"
]

/** How many of the four runs of each decomposition are right, by question. */
const nRight = { tower: [2, 2, 0, 1], river: [2, 2, 1, 2] }

const runOf = (of: number, builder: string, town: string, last: string) =>
  `By plan ${of}:\nQ: Who built it?\nA: ${builder}\nQ: In which town was that?\nA: ${town}\nQ: And so?\nA: ${last}`

const script = scripted(({ messages, sampleIndex, task }) => {
  if (task.kind === "generate") return decompositions[sampleIndex]!
  const of = Number(/\[(\d)\]/.exec(messages[0]!.content)![1])
  const isTower = task.prompt.includes("tower")
  const right = isTower ? "Norway" : "the Dinkel"
  if (sampleIndex < (isTower ? nRight.tower : nRight.river)[of]!) return runOf(of, "Olav Brekke", "Oslo", right)
  // No wrong run of the river's fourth decomposition agrees with the right ones.
  if (!isTower && of === 3) return runOf(of, `Jan ${sampleIndex}`, "Malmo", "Denmark")
  // The third run errs in the last step alone, the fourth in its second step; both name a Brekke.
  return sampleIndex === 2 ? runOf(of, "Olav Brekke", "Oslo", "Sweden") : runOf(of, "Jan Brekke", "Malmo", "Denmark")
})

describe("the recipe of AceSearcher", () => {
  const ran = runRecipe(aceSearcher, script)

  it.effect(
    "aceSearcher credits a decomposition with the mean of its runs, and counts one with seven parts as bad",
    () =>
      Effect.map(ran, ({ rows }) => {
        const some = rows.filter(({ rule }) => rule === "decompose")
        assert.deepStrictEqual(
          some
            .map((row) => [row.promptId, row.chosen, row.rejected, row.scoreChosen, row.scoreRejected])
            .toSorted((a, b) => Number(a[4]) - Number(b[4])),
          [
            ["a1", decompositions[0]!, decompositions[2]!, 1.5, 0],
            ["a1", decompositions[0]!, decompositions[1]!, 1.5, 1.5]
          ]
        )
        // Two of four runs are right, at 3 each.
        assert.match(some[0]!.prompt, /^Break this question into sub-questions/)
      })
  )

  it.effect("aceSearcher pairs final answers of runs that agree before, within one decomposition", () =>
    Effect.map(ran, ({ rows }) => {
      const some = rows.filter(({ promptId, rule }) => rule === "final" && promptId === "a1")
      // One for each decomposition that has right and wrong runs; the run that erred before the end is on no side.
      assert.deepStrictEqual(
        some.map((row) => [row.chosen, row.rejected, row.scoreChosen, row.scoreRejected]),
        [0, 1, 3].map(() => ["Norway", "Sweden", 3, 0])
      )
      const before = "Q: Who built it?\nA: Olav Brekke\nQ: In which town was that?\nA: Oslo\nQ: And so?"
      for (const { prompt } of some) assert.isTrue(prompt.endsWith(before), prompt)
      assert.deepStrictEqual(some.map(({ prompt }) => /By plan (\d)/.exec(prompt)![1]!).toSorted(), ["0", "1", "3"])
    })
  )

  it.effect("aceSearcher pairs no final answers of runs that differ before, nor across decompositions", () =>
    Effect.map(ran, ({ rows }) => {
      const some = rows.filter(({ promptId, rule }) => rule === "final" && promptId === "a2")
      assert.deepStrictEqual(
        some.map(({ prompt, rejected }) => `${/By plan (\d)/.exec(prompt)![1]} ${rejected}`).toSorted(),
        ["0 Sweden", "1 Sweden", "2 Sweden"]
      )
    })
  )

  it.effect("aceSearcher pairs the first sub-answers that have no word in common, where they are not the last", () =>
    Effect.map(ran, ({ rows }) => {
      const cut = (question: string, at: string) =>
        rows
          .filter(({ promptId, rule }) => promptId === question && rule === "subAnswer")
          .map(({ chosen, prompt, rejected }) => {
            assert.isTrue(prompt.endsWith(at), prompt)
            return `${/By plan (\d)/.exec(prompt)![1]} ${chosen} ${rejected}`
          })
          .toSorted()
      // "Jan Brekke" and "Olav Brekke" share a word; the runs that err in the last step alone part nowhere before it.
      const second = "Q: Who built it?\nA: Olav Brekke\nQ: In which town was that?"
      assert.deepStrictEqual(cut("a1", second), ["0 Oslo Malmo", "1 Oslo Malmo", "3 Oslo Malmo"])
      const river = rows.filter(({ promptId, rule }) => promptId === "a2" && rule === "subAnswer")
      assert.strictEqual(river.length, 4)
      const last = river.find(({ prompt }) => prompt.includes("By plan 3"))!
      assert.isTrue(last.prompt.endsWith("By plan 3:\nQ: Who built it?"), last.prompt)
      assert.strictEqual(last.chosen, "Olav Brekke")
      assert.match(last.rejected, /^Jan [23]$/)
    })
  )

  it.effect("aceSearcher takes no pair where runs or decompositions are too close", () =>
    Effect.map(ran, ({ rejects, rows }) => {
      // The means are 1.5, 1.5, 0.75 and 1.5.
      assert.isFalse(rows.some(({ promptId, rule }) => promptId === "a2" && rule === "decompose"))
      assert.isTrue(rejects.some(({ id, reason }) => id === "a2" && reason.startsWith("decompose")))
      assert.isTrue(rows.some(({ promptId, reference }) => promptId === "a2" && reference === "the Dinkel"))
    })
  )
})
