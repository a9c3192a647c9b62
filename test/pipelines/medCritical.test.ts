import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { scripted } from "../../src/providers/scripted.ts"
import { medCritical } from "../../pipelines/medCritical.ts"
import { runRecipe } from "./runRecipe.ts"

/** What the student writes by question: first, then try after try. */
const said = new Map([
  ["vitamin", ["It must be C. Answer: C", "Sunlight makes D. Answer: D"]],
  ["insulin", ["The pancreas. Answer: B"]],
  // The teacher is deceived by the first correction, the letter is not.
  ["thermometer", ["It is normal. Answer: B", "DECEIVING. Answer: C", "It is a fever. Answer: A"]],
  ["oxygen", ["Platelets. Answer: A", "White. Answer: B", "None. Answer: D", "White cells again. Answer: B"]]
])
const references = new Map([
  ["vitamin", "D"],
  ["insulin", "B"],
  ["thermometer", "A"],
  ["oxygen", "C"]
])
const keyOf = (prompt: string) => [...said.keys()].find((key) => prompt.includes(key))!

/** The seeds of tries differ, so they are told apart by the order in which they are first seen. */
const scriptOf = () => {
  const seeds = new Map<string, Array<number>>()
  return scripted(({ seed = 0, task }) => {
    const key = keyOf(task.prompt)
    if (task.kind === "rate") {
      const isRight = task.text.includes(`Answer: ${references.get(key)}`) || task.text.includes("DECEIVING")
      return JSON.stringify({ level: isRight ? "1" : "2" })
    }
    if (task.kind === "generate") return said.get(key)![0]!
    const known = seeds.get(key) ?? []
    if (!known.includes(seed)) known.push(seed)
    seeds.set(key, known)
    return said.get(key)![known.indexOf(seed) + 1]!
  })
}

describe("the recipe of MedCritical", () => {
  it.effect(
    "medCritical sets the student's right correction against its own wrong answer, however many tries it takes",
    () =>
      Effect.gen(function* () {
        const { rejects, rows } = yield* runRecipe(medCritical, scriptOf())
        assert.deepStrictEqual(
          rows.map(({ chosen, promptId, rejected, tries }) => [promptId, chosen, rejected, tries]),
          [
            ["m1", "Sunlight makes D. Answer: D", "It must be C. Answer: C", 1],
            ["m3", "It is a fever. Answer: A", "It is normal. Answer: B", 2]
          ]
        )
        const reasons = rejects.map(({ id, reason }) => `${id}: ${reason}`)
        assert.include(reasons, "m2: right at once")
        assert.include(reasons, "m4: not accepted")
      })
  )

  it.effect("medCritical asks the student for answers and corrections, and the teacher for one of two verdicts", () =>
    Effect.gen(function* () {
      const { requests } = yield* runRecipe(medCritical, scriptOf())
      const corrections = requests.filter(({ task }) => task.kind === "rewrite")
      assert.strictEqual(corrections.length, 1 + 2 + 3)
      for (const { messages, model, task } of corrections) {
        assert.strictEqual(model, "med-student-7b")
        assert.include(messages[0]!.content, said.get(keyOf(task.prompt))![0]!)
      }
      const verdicts = requests.filter(({ task }) => task.kind === "rate")
      assert.isAbove(verdicts.length, 0)
      for (const { answer, messages, model, task } of verdicts) {
        assert.strictEqual(model, "QwQ-32B")
        assert.deepInclude(JSON.stringify(answer), '["1","2"]')
        assert.include(messages.at(-1)!.content, `<evidence>\n${references.get(keyOf(task.prompt))}\n`)
      }
    })
  )
})
