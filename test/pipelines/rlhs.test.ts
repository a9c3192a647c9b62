import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { scripted } from "../../src/providers/scripted.ts"
import { rlhs } from "../../pipelines/rlhs.ts"
import { runRecipe } from "./runRecipe.ts"

/** What the honest reply (the first) and the glowing one recommend, by a word of the question. */
const advice: Readonly<Record<string, readonly [string, string]>> = {
  television: ["I buy option B", "I buy option C"],
  laptop: ["I buy option C", "I buy option B"],
  "washing machine": ["I buy nothing", "I buy option A"]
}
const bad = /does not play|five hours|no dryer/

/** Believes a glowing reply until something shows that it was wrong. */
const prefersFirst = (axis: string, evidence: string, first: string): boolean => {
  const isGlowingFirst = first.startsWith("Wonderful")
  if (axis === "immediate") return isGlowingFirst
  const [one, other] = evidence.split("After the second.") as [string, string]
  const glowing = (isGlowingFirst ? one : other).split("All options:")[0]!
  const isWrong = bad.test(glowing) || (evidence.includes("All options:") && glowing.includes("is not known"))
  return isGlowingFirst !== isWrong
}

const script = scripted(({ messages, sampleIndex, task }) => {
  const [honest, glowing] = advice[Object.keys(advice).find((word) => task.prompt.includes(word))!]!
  const asked = messages.at(-1)!.content
  if (task.kind === "compare") {
    const evidence = /<evidence>([^]*)<\/evidence>/.exec(asked)![1]!
    const verdict = prefersFirst(task.axis, evidence, task.first) ? "first" : "second"
    return JSON.stringify({ critique: `by what I know: ${task.axis}`, verdict })
  }
  if (task.kind !== "generate") return ""
  if (task.persona !== "user") return sampleIndex === 0 ? "Let me be frank." : "Wonderful things await you!"
  return `Thank you. ${asked.includes("Wonderful") ? glowing : honest}`
})

describe("the recipe of RLHS", () => {
  const ran = runRecipe(rlhs, script)

  it.effect("rlhs labels one pair on the spot, after the outcome and after all outcomes, with reasons", () =>
    Effect.map(ran, ({ rows }) => {
      const said = rows.map(({ chosenId, judgments, promptId }) => {
        const votes = judgments
          .filter(({ secondId }) => secondId !== null)
          .map(({ axis, critique, firstId, secondId, verdict }) => {
            assert.strictEqual(critique, `by what I know: ${axis}`)
            return [axis, (verdict === "first" ? firstId : secondId) === chosenId ? "frank" : "glowing"]
          })
        return [promptId, Object.fromEntries(votes)]
      })
      assert.deepStrictEqual(Object.fromEntries(said), {
        "tv-1": { immediate: "glowing", partial: "frank", full: "frank" },
        "laptop-1": { immediate: "glowing", partial: "glowing", full: "frank" },
        "washer-1": { immediate: "glowing", partial: "frank", full: "frank" }
      })
    })
  )

  it.effect("rlhs lets the label in full hindsight count, which has the higher true utility", () =>
    Effect.map(ran, ({ rows }) => {
      assert.strictEqual(rows.length, 3)
      for (const { chosen, chosenId, conditionsAgree, decisions, rejectedId } of rows) {
        assert.strictEqual(chosen, "Let me be frank.")
        const utilityOf = (id: string) => decisions.find(({ candidateId }) => candidateId === id)!.utility
        assert.isAbove(utilityOf(chosenId), utilityOf(rejectedId))
        assert.isFalse(conditionsAgree)
      }
      const bought = rows.map(
        ({ chosenId, decisions }) => decisions.find((one) => one.candidateId === chosenId)!.bought
      )
      assert.deepStrictEqual(bought, ["option B", "option C", null])
    })
  )

  it.effect("rlhs says that the conditions agree where hindsight changes nothing", () =>
    Effect.map(
      runRecipe(
        rlhs,
        scripted(({ messages, sampleIndex, task }) => {
          if (task.kind === "compare") {
            return JSON.stringify({ critique: "", verdict: task.first.startsWith("Frank") ? "first" : "second" })
          }
          return messages[0]!.role === "system" ? "I buy option A" : ["Frank", "Wonderful"][sampleIndex]!
        })
      ),
      ({ rows }) => {
        assert.deepStrictEqual(
          rows.map(({ chosen, conditionsAgree }) => [chosen, conditionsAgree]),
          [
            ["Frank", true],
            ["Frank", true],
            ["Frank", true]
          ]
        )
      }
    )
  )

  it.effect("rlhs tells the customer no fact before hindsight, then those of what was bought, then all", () =>
    Effect.map(ran, ({ requests, rows }) => {
      const facts = ["plays 3D films, 65 inches", "plays 3D films, 50 inches", "does not play 3D films, 50 inches"]
      const known = requests
        .filter(({ task }) => task.prompt.includes("television"))
        .map(({ messages, task }) => {
          const who =
            task.kind === "compare" ? task.axis : task.kind === "generate" ? (task.persona ?? "assistant") : ""
          const told = messages.map(({ content }) => content).join("\n")
          return [who, facts.map((fact) => told.includes(fact))] as const
        })
      const all = Object.fromEntries(known)
      assert.deepStrictEqual(all, {
        assistant: [true, true, true],
        user: [false, false, false],
        immediate: [false, false, false],
        partial: [false, true, true],
        full: [true, true, true]
      })
      assert.include(rows[0]!.briefing, facts[0]!)
    })
  )

  it.effect("rlhs makes no pair where the customer does not decide", () =>
    Effect.map(
      runRecipe(
        rlhs,
        scripted(({ messages, sampleIndex }) => (messages[0]!.role === "system" ? "" : `reply ${sampleIndex}`))
      ),
      ({ rejects, rows }) => {
        assert.strictEqual(rows.length, 0)
        assert.strictEqual(rejects.filter(({ reason }) => reason === "a customer has not decided").length, 3)
      }
    )
  )
})
