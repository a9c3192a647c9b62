import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { judge, memory, Pipeline, Prompt } from "prefloom"
import { anyprefer } from "../../pipelines/anyprefer.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { runRecipe } from "./runRecipe.ts"

const words = ["amber", "birch", "cedar", "dune", "ember"]
/** What the judge gives the five answers. */
const ratings = [4, 9, 6, 2, 7]
/** What the scorer gives the pair of each prompt, try by try. */
const scores = new Map([
  ["lentils", [8]],
  ["magpies", [7.9, 10]],
  ["lamps", [3, 4, 5]],
  ["people", [1, 2, 8.5]]
])
const subjects = [...scores.keys()]
const subjectOf = (text: string) => subjects.find((subject) => text.includes(subject))!

/** Every text tells after how many repairs it was written. */
const provider = scripted(({ messages, seed, task }) => {
  const asked = messages[0]!.content
  const repairs = Number(/repair (\d)/.exec(asked)?.[1] ?? 0)
  switch (task.kind) {
    case "rate":
      return JSON.stringify({
        critique: "reasons",
        score: ratings[words.findIndex((word) => task.text.includes(word))]
      })
    case "ratePreference": {
      const tried = Number(/repair (\d)/.exec(task.first)?.[1] ?? 0)
      return JSON.stringify({
        critique: `too dull about ${subjectOf(asked)}`,
        score: scores.get(subjectOf(asked))![tried]
      })
    }
    default:
      if (asked.includes("too dull")) {
        return `${asked.includes("Check the facts") || asked.includes("judge rule") ? "judge rule" : "target rule"} repair ${repairs + 1} on ${subjectOf(asked)}`
      }
      return `the ${words[seed! % 5]} answer on ${subjectOf(asked.split("\n").at(-1)!)} after repair ${repairs}`
  }
})

describe("anyprefer", () => {
  it.effect(
    "anyprefer repairs the instructions of target and judge until the pair is accepted, for each prompt apart",
    () =>
      Effect.gen(function* () {
        const { rejects, requests, rows } = yield* runRecipe(anyprefer, provider)
        const rule = (who: string, n: number, on: string) => (n === 0 ? null : `${who} rule repair ${n} on ${on}`)
        assert.deepStrictEqual(
          rows.map((row) => [
            subjectOf(row.prompt),
            row.tries,
            row.pairScore,
            row.targetInstruction,
            row.judgeInstruction
          ]),
          (
            [
              ["lentils", 1, 8],
              ["magpies", 2, 10],
              ["people", 3, 8.5]
            ] as const
          ).map(([on, n, score]) => [on, n, score, rule("target", n - 1, on), rule("judge", n - 1, on)])
        )
        for (const { chosen, prompt, rejected, tries } of rows) {
          assert.strictEqual(chosen, `the birch answer on ${subjectOf(prompt)} after repair ${tries - 1}`)
          assert.strictEqual(rejected, `the dune answer on ${subjectOf(prompt)} after repair ${tries - 1}`)
        }
        assert.deepStrictEqual(
          rejects.map(({ id, reason }) => [id, reason]),
          [["ask-3", "not accepted"]]
        )
        const nTries = 1 + 2 + 3 + 3
        const kinds = Map.groupBy(requests, ({ task }) => task.kind)
        assert.strictEqual(kinds.get("rate")!.length, 5 * nTries)
        assert.strictEqual(kinds.get("ratePreference")!.length, nTries)
        // Two repairs before each try but the first of a prompt.
        assert.strictEqual(kinds.get("generate")!.length, 5 * nTries + 2 * (nTries - 4))
      })
  )

  it.effect("anyprefer shows what tools found to the judge, and to nobody else", () =>
    Effect.gen(function* () {
      const { requests } = yield* runRecipe(anyprefer, provider)
      for (const { messages, task } of requests) {
        const isJudgeOfMagpies = task.kind === "rate" && task.prompt.includes("magpies")
        assert.strictEqual(messages[0]!.content.includes("Most magpies avoid shiny objects"), isJudgeOfMagpies)
      }
    })
  )

  it("anyprefer does not compile where a pair is rated before it is made", () => {
    assert.throws(
      // @ts-expect-error a chosen text is missing
      () => memory([], Prompt).pipe(judge.pairs({ annotator: "scorer" })),
      Pipeline.WiringError,
      'column "chosen" is missing'
    )
  })
})
