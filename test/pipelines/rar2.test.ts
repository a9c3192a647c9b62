import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { scripted } from "../../src/providers/scripted.ts"
import { rar2 } from "../../pipelines/rar2.ts"
import { runRecipe } from "./runRecipe.ts"

const facts = new Map([
  ["sailor", { letter: "B", passage: "Scurvy comes from", query: "ascorbic acid scurvy" }],
  ["hiker", { letter: "C", passage: "Acute mountain sickness", query: "descent acute sickness" }]
])
const factsOf = (text: string) => [...facts].find(([key]) => text.includes(key))![1]

/** What a thought is worth: SURE answers right by itself, its query finds the passage or one about something else. */
const thoughtOf = (i: number, query: string) =>
  ["SURE: ", "SURE: ", "I wonder: ", "I wonder: "][i % 4]! + (i % 2 === 0 ? query : `zinc wounds taste`) + ` (${i})`

const script = scripted(({ messages, sampleIndex, task, temperature }) => {
  const asked = messages[0]!.content
  const { letter, passage, query } = factsOf(task.prompt)
  if (asked.includes("Write down what")) return thoughtOf(sampleIndex, query)
  if (asked.includes("Thought: ")) return asked.includes("SURE") ? `Answer: ${letter}` : "Answer: D"
  if (temperature === 0) return asked.includes(passage) ? `Answer: ${letter}` : "Answer: D"
  return `By document ${sampleIndex}, I say so. Answer: ${sampleIndex < 3 ? letter : "D"}`
})

describe("the recipe of RAR²", () => {
  const ran = runRecipe(rar2, script)

  it.effect("rar2 prefers thoughts that lead to the answer both directly and by what they retrieve", () =>
    Effect.map(ran, ({ rows }) => {
      const thoughts = rows.filter(({ rule }) => rule === "thought")
      assert.deepStrictEqual(
        thoughts.map(({ promptId }) => promptId),
        ["q1", "q2"]
      )
      for (const { chosen, prompt, rejected } of thoughts) {
        const { query } = factsOf(prompt)
        assert.match(prompt, /Write down what one has to know/)
        assert.isTrue(chosen.startsWith(`SURE: ${query}`), chosen)
        // What is right in one way alone is no better than what is wrong in both.
        assert.isFalse(rejected.startsWith(`SURE: ${query}`), rejected)
      }
    })
  )

  it.effect("rar2 counts a thought that is right in one way alone as wrong", () =>
    Effect.gen(function* () {
      const rejected = new Set<string>()
      for (const seed of [1, 2, 3, 4, 5, 6]) {
        const { rows } = yield* runRecipe(rar2, script, { seed })
        for (const row of rows) if (row.rule === "thought") rejected.add(row.rejected.replace(/ \(\d\)$/, ""))
      }
      assert.isTrue(
        [...rejected].some((text) => text.startsWith("SURE: zinc")),
        [...rejected].join("; ")
      )
      assert.isTrue(
        [...rejected].some((text) => /^I wonder: (ascorbic|descent)/.test(text)),
        [...rejected].join("; ")
      )
    })
  )

  it.effect("rar2 retrieves with the thought, and shows a question's own documents in the prompts of answers", () =>
    Effect.map(ran, ({ requests, rows }) => {
      const informed = requests.filter(
        ({ messages, temperature }) => temperature === 0 && messages[0]!.content.includes("Documents:")
      )
      assert.isTrue(informed.some(({ messages }) => messages[0]!.content.includes("Zinc matters")))
      const answers = rows.filter(({ rule }) => rule === "answer")
      for (const { chosen, prompt, rejected } of answers) {
        const { letter, passage } = factsOf(prompt)
        assert.include(prompt, `Documents:\n${passage}`)
        assert.isTrue(chosen.endsWith(`Answer: ${letter}`))
        assert.isTrue(rejected.endsWith("Answer: D"))
      }
    })
  )

  it.effect("rar2 mixes two answer pairs with one thought pair", () =>
    Effect.map(ran, ({ rows }) => {
      assert.deepStrictEqual(rows.map(({ rule }) => rule).toSorted(), [
        "answer",
        "answer",
        "answer",
        "answer",
        "thought",
        "thought"
      ])
      assert.strictEqual(rows.slice(0, 3).filter(({ rule }) => rule === "answer").length, 2)
    })
  )
})
