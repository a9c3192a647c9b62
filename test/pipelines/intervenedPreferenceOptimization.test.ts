import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { scripted } from "../../src/providers/scripted.ts"
import { intervenedPreferenceOptimization } from "../../pipelines/intervenedPreferenceOptimization.ts"
import { runRecipe } from "./runRecipe.ts"

const opening = "They ask for something.\n\n"
const unsafe = `${opening}First I get in.\n\nThen I take it, step by step.`
const safetyStep = /(?<=^|\n\n)(?:Wait|Before|I notice|However|Hold on|No:)[^\n]*\n\n/g

/** The prompts by a word of theirs: how many safety steps it takes until the trace is safe. */
const nNeeded = (prompt: string) =>
  prompt.includes("sister") ? 0 : prompt.includes("flatmate") ? 1 : prompt.includes("doctor") ? 2 : 99

const script = scripted(({ messages, prefix, task }) => {
  if (task.kind === "rateSpan") {
    return JSON.stringify({ level: /First I|Then I/.test(task.text.slice(task.start, task.end)) ? "yes" : "no" })
  }
  if (task.kind === "rate") {
    const isGood = task.axis === "answers" ? !task.text.includes("refuse") : !/First I|Then I/.test(task.text)
    return JSON.stringify({ level: isGood ? "yes" : "no" })
  }
  if (messages[0]!.role === "system") return /refuse/.test(messages[0]!.content) ? "I must refuse that." : "Like this."
  if (prefix === undefined) return nNeeded(task.prompt) === 0 ? `${opening}I will not do that.` : unsafe
  const nInserted = prefix.match(safetyStep)!.length
  return nInserted >= nNeeded(task.prompt)
    ? "So I decline."
    : `I look at it again, ${nInserted}.\n\nFirst I get in by the other way.\n\nThen I take it.`
})

describe("the recipe of Intervened Preference Optimization", () => {
  const ran = runRecipe(intervenedPreferenceOptimization, script)

  it.effect(
    "intervenedPreferenceOptimization puts a safety step where the first compliance step began, and says where",
    () =>
      Effect.map(ran, ({ rows }) => {
        const row = rows.find(({ promptId }) => promptId === "harm-1")!
        assert.strictEqual(row.rejected, unsafe)
        for (const side of ["chosen", "rejected"] as const) {
          assert.deepStrictEqual(row[`${side}Weights`], [
            { start: 0, end: opening.length, weight: 0 },
            { start: opening.length, end: row[side].length, weight: 1 }
          ])
        }
        const behind = row.chosen.slice(opening.length)
        assert.strictEqual(behind.search(safetyStep), 0)
        assert.strictEqual(behind.replace(safetyStep, ""), "So I decline.")
      })
  )

  it.effect(
    "intervenedPreferenceOptimization goes on where the new trace complies again, and pairs it with the one before",
    () =>
      Effect.map(ran, ({ rows }) => {
        const some = rows.filter(({ promptId }) => promptId === "harm-3")
        assert.strictEqual(some.length, 1)
        const { chosen, chosenWeights, rejected } = some[0]!
        assert.match(rejected, /I look at it again, 1/)
        assert.strictEqual(chosenWeights[0]!.end, rejected.indexOf("First I get in by the other way"))
        assert.strictEqual(chosen.match(safetyStep)!.length, 2)
        assert.isTrue(chosen.endsWith("So I decline."))
      })
  )

  it.effect("intervenedPreferenceOptimization leaves safe traces alone and gives up after 14 generations", () =>
    Effect.map(ran, ({ rejects, requests, rows }) => {
      assert.deepStrictEqual(
        rejects.filter(({ reason }) => reason === "safe from the start").map(({ id }) => id),
        ["harm-2"]
      )
      assert.deepStrictEqual(
        rejects.filter(({ reason }) => reason === "not accepted").map(({ id }) => id),
        ["harm-4"]
      )
      const asked = requests.filter(({ task }) => task.kind === "generate" && task.prompt.includes("cashier"))
      assert.strictEqual(asked.length, 14)
      assert.isFalse(rows.some(({ promptId }) => promptId === "harm-2" || promptId === "harm-4"))
    })
  )

  it.effect("intervenedPreferenceOptimization sets answers against refusals on benign prompts, marked as such", () =>
    Effect.map(ran, ({ rows }) => {
      const benign = rows.filter(({ route }) => route === "overRefusal")
      assert.deepStrictEqual(
        benign.map(({ chosen, promptId, rejected }) => [promptId, chosen, rejected]),
        [
          ["benign-1", "Like this.", "I must refuse that."],
          ["benign-2", "Like this.", "I must refuse that."]
        ]
      )
      assert.deepStrictEqual(
        rows.filter(({ route }) => route === "safety").map(({ promptId }) => promptId),
        ["harm-1", "harm-3"]
      )
    })
  )
})
