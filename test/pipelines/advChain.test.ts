import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { scripted } from "../../src/providers/scripted.ts"
import { advChain } from "../../pipelines/advChain.ts"
import { runRecipe } from "./runRecipe.ts"

const ending = "So this is what I say in the end, with reasons, in a sentence that is longer than eighty characters."
const trace = (prompt: string) => `About: ${prompt}\n\nWho could be hurt?\n\nWhat is asked?\n\n${ending}`

/** The second of four steps is the most plausible place; the last one would be more so if it counted. */
const plausibility = (step: string) => (step.startsWith("Who") ? 9 : step.startsWith("So") ? 10 : 2)

/**
 * Smooths by adding a word to the first step; in two cases it spoils the ending, in the weed's case until it is told, in the signature's
 * case always.
 */
const script = scripted(({ messages, task }) => {
  const asked = messages[0]!.content
  if (task.kind === "rateSpan") return JSON.stringify({ score: plausibility(task.text.slice(task.start, task.end)) })
  if (task.kind !== "rewrite") return trace(task.prompt)
  if (task.operation === "turn") return asked.includes("harmful request") ? "TEMPTED" : "HESITANT"
  if (task.operation === "correction") return "I cannot go on like this: CORRECTED"
  const smoothed = task.original.replace("About", "It is about")
  const isSpoilt = task.prompt.includes("signature") || (task.prompt.includes("weed") && messages.length === 1)
  return isSpoilt ? smoothed.replace(ending, "The end.") : smoothed
})

describe("the recipe of AdvChain", () => {
  const ran = runRecipe(advChain, script)

  it.effect("advChain puts a wrong turn and its correction behind the most plausible step, tempting or hesitant", () =>
    Effect.map(ran, ({ rows }) => {
      for (const { chosen, promptId, rejected, route } of rows) {
        const word = promptId.startsWith("h") ? "TEMPTED" : "HESITANT"
        assert.strictEqual(route, promptId.startsWith("h") ? "temptation" : "hesitation")
        const [, hurt, turn, correction, what] = chosen.split("\n\n")
        assert.deepStrictEqual(
          [hurt, turn, correction, what],
          ["Who could be hurt?", word, "I cannot go on like this: CORRECTED", "What is asked?"]
        )
        assert.isTrue(rejected.trimEnd().endsWith(word))
        assert.notInclude(rejected, "CORRECTED")
      }
    })
  )

  it.effect("advChain keeps the ending: smoothing that changes it is asked again, then given up", () =>
    Effect.map(ran, ({ rejects, rows }) => {
      for (const { chosen } of rows) assert.isTrue(chosen.endsWith(ending), chosen)
      const of = (id: string) => rows.find(({ promptId }) => promptId === id)!
      assert.deepStrictEqual([of("h1").rule, of("b1").rule, of("h4").rule], ["corrected", "corrected", "rough"])
      assert.isTrue(of("b1").chosen.startsWith("It is about"))
      assert.isTrue(of("h4").chosen.startsWith("About"))
      assert.deepStrictEqual(
        rejects.filter(({ reason }) => reason === "smooth: not kept").map(({ id }) => id),
        ["h4"]
      )
    })
  )

  it.effect("advChain mixes four temptations with one hesitation", () =>
    Effect.map(ran, ({ findings, rejects, rows }) => {
      const taken = findings.get("quota")!
      assert(taken.kind === "taken")
      // Seven records come this far, of which none is too many; 795 temptations and 198 hesitations are missing.
      assert.deepStrictEqual([taken.asked, taken.given], [1000, 7])
      assert.deepStrictEqual(
        taken.warnings.map(({ message }) => /Class "(\w+)".* has (\d+) of the (\d+)/.exec(message)!.slice(1).join(" ")),
        ["hesitation 2 200", "temptation 5 800"]
      )
      assert.deepStrictEqual(rows.map(({ route }) => route).toSorted(), [
        "hesitation",
        "temptation",
        "temptation",
        "temptation",
        "temptation",
        "temptation"
      ])
      assert.strictEqual(rows.slice(0, 5).filter(({ route }) => route === "temptation").length, 4)
      assert.strictEqual(rejects.filter(({ reason }) => reason === "beyond the ratio").length, 1)
    })
  )
})
