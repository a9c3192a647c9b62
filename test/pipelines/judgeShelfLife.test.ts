import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { scripted } from "../../src/providers/scripted.ts"
import { examples } from "../../src/stages/examples.ts"
import { judgeShelfLife } from "../../pipelines/judgeShelfLife.ts"
import { runRecipe } from "./runRecipe.ts"

/** How many of its 20 answers each generator has right, by the remainder of its place; one is never right about rabbits. */
const nRight: Readonly<Record<string, number>> = {
  "gemma-2-9b-it": 4,
  "qwen2-7b-instruct": 5,
  "gemma-3-12b-it": 9,
  "qwen2.5-32b-instruct": 20
}
const weak = new Set(["gemma-2-9b-it", "qwen2-7b-instruct"])

const references: Readonly<Record<string, string>> = {
  "17 times 23": "391",
  train: "72",
  prime: "10",
  shirt: "34",
  sum: "820",
  cube: "4",
  minutes: "10080",
  pumps: "6"
}
const referenceOf = (prompt: string) => references[Object.keys(references).find((word) => prompt.includes(word))!]!

/** A teacher that is right three times of four where the right answer comes first, and once of four where it comes second. */
const script = scripted(({ model, sampleIndex, task }) => {
  if (task.kind === "compare") {
    const isRightFirst = task.first.endsWith(`comes to ${referenceOf(task.prompt)}`)
    const isCorrect = isRightFirst ? sampleIndex !== 2 : sampleIndex === 2
    const verdict = isRightFirst === isCorrect ? "first" : "second"
    return JSON.stringify({ critique: `I checked the ${verdict} one, sample ${sampleIndex}.`, verdict })
  }
  // Right answers are spread over the samples.
  const isRight = (sampleIndex * 7) % 20 < nRight[model!]!
  return `${model} says it (${sampleIndex}) comes to ${isRight ? referenceOf(task.prompt) : `${1_000_000 + sampleIndex}`}`
})

describe("the recipe of judge shelf life", () => {
  const ran = runRecipe(judgeShelfLife, script)

  it.effect("judgeShelfLife asks every generator for 20 answers to a question and the teacher in both orders", () =>
    Effect.map(ran, ({ progress, requests }) => {
      const asked = requests.filter(({ task }) => task.kind === "generate" && task.prompt.includes("shirt"))
      for (const model of Object.keys(nRight)) {
        const samples = asked.filter((request) => request.model === model).map(({ sampleIndex }) => sampleIndex)
        assert.deepStrictEqual([model, new Set(samples).size], [model, 20])
      }
      const shown = requests.flatMap(({ task }) => (task.kind === "compare" ? [`${task.first} | ${task.second}`] : []))
      // Three generators have a pair for each of eight questions: one is always right.
      assert.strictEqual(new Set(shown).size, 8 * 3 * 2)
      assert.strictEqual(shown.length, 8 * 3 * 2 * 4)
      assert.strictEqual(progress.stage("adopt").rowsOut, 8 * 3)
    })
  )

  it.effect("judgeShelfLife shows a right and a wrong answer of one and the same generator", () =>
    Effect.map(ran, ({ rows }) => {
      assert.strictEqual(rows.length, 8 * 3 * 2)
      for (const { generator, prompt } of rows) {
        const answers = [...prompt.matchAll(/^(\S+) says it .* comes to (\d+)$/gm)]
        assert.deepStrictEqual(
          answers.map(([, model]) => model),
          [generator, generator]
        )
        assert.strictEqual(answers.filter(([, , number]) => number === referenceOf(prompt)).length, 1)
      }
    })
  )

  it.effect("judgeShelfLife prefers right verdicts to wrong ones, with their reasons", () =>
    Effect.map(ran, ({ rows }) => {
      for (const { chosen, prompt, rejected } of rows) {
        const isFirst = new RegExp(`<first>\n.* comes to ${referenceOf(prompt)}\n</first>`).test(prompt)
        const [right, wrong] = isFirst ? ["first", "second"] : ["second", "first"]
        assert.match(chosen, new RegExp(`^I checked the ${right} one, sample .\\.\nAnswer: ${right}$`))
        assert.match(rejected, new RegExp(`^I checked the ${wrong} one, sample .\\.\nAnswer: ${wrong}$`))
      }
    })
  )

  it.effect("judgeShelfLife splits by the strength of the generator and by question", () =>
    Effect.map(ran, ({ rows }) => {
      for (const { generator, part } of rows) assert.strictEqual(part.startsWith("weak"), weak.has(generator))
      const parts = Map.groupBy(rows, ({ questionId }) => questionId)
      for (const some of parts.values()) {
        assert.strictEqual(new Set(some.map(({ part }) => part.split(" ")[1])).size, 1)
      }
      const names = [...new Set(rows.map(({ part }) => part))].toSorted()
      assert.deepStrictEqual(names, ["strong seen", "strong unseen", "weak seen", "weak unseen"])
    })
  )

  it.effect(
    "judgeShelfLife says how right the teacher is in the order it likes less, and that the orders disagree",
    () =>
      Effect.map(ran, ({ findings, rows }) => {
        assert.deepStrictEqual([...new Set(rows.map((row) => row.accuracyInBothOrders))], [0.25])
        const finding = findings.get("audit")!
        assert(finding.kind === "noise")
        assert.isAbove(finding.annotators[0]!.firstShare!, 0.7)
      })
  )

  it.effect("judgeShelfLife has the right verdicts as examples for fine-tuning, each once for its question", () =>
    Effect.gen(function* () {
      const { rows: pairs } = yield* ran
      const { rows } = yield* runRecipe(judgeShelfLife.pipe(examples.pairs()), script)
      assert.deepStrictEqual(
        rows.map(({ completion, prompt }) => [prompt, completion]),
        pairs.map(({ chosen, prompt }) => [prompt, chosen])
      )
    })
  )
})
