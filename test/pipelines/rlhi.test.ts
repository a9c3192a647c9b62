import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { scripted } from "../../src/providers/scripted.ts"
import { rlhi } from "../../pipelines/rlhi.ts"
import { runRecipe } from "./runRecipe.ts"

/** Classifies by the first word; a persona names a word of the history; the rewrite for the bridge is no better by the reward model. */
const script = scripted(
  ({ messages, sampleIndex, task }) => {
    const asked = messages[0]!.content
    if (task.kind === "classify") {
      const is = task.prompt.startsWith("That") ? "complaint" : task.prompt.startsWith("No,") ? "correction" : "other"
      return JSON.stringify({ class: is })
    }
    if (asked.startsWith("Say in two")) return asked.includes("hectare") && asked.includes("egg") ? "P1" : "P2"
    if (task.kind === "rewrite")
      return asked.includes("just give me the minutes") ? "Six to ten." : "The bridge, in 1927."
    return `Sample ${sampleIndex}${asked.includes("(I: P1") ? " for one" : asked.includes("(I: P2") ? " for two" : ""}`
  },
  {
    reward: ({ text }) => [
      text === "Six to ten."
        ? 4
        : text === "The bridge, in 1927."
          ? 0.5
          : text.startsWith("Sample")
            ? Number(text[7])
            : 1
    ]
  }
)

describe("the recipe of RLHI", () => {
  const ran = runRecipe(rlhi, script)

  it.effect("rlhi makes one persona of what a user said in all conversations, and joins it to each of them", () =>
    Effect.map(ran, ({ requests, rows }) => {
      for (const { persona, userId } of rows) assert.strictEqual(persona, userId === "u1" ? "P1" : "P2")
      const asked = requests.filter(({ messages }) => messages[0]!.content.startsWith("Say in two"))
      const histories = new Set(asked.map(({ messages }) => messages[0]!.content))
      assert.deepStrictEqual([asked.length, histories.size], [2, 2])
      for (const history of histories) assert.notInclude(history, "Eggs have been eaten")
    })
  )

  it.effect("rlhi rewrites by a complaint, against the original, in a context that stops before the complaint", () =>
    Effect.map(ran, ({ requests, rows }) => {
      const row = rows.find(({ route }) => route === "rewrite")!
      assert.deepStrictEqual(
        [row.chosen, row.feedbackClass, row.turnIndex, row.atheneChosen, row.atheneRejected],
        ["Six to ten.", "complaint", 1, 4, 1]
      )
      assert.match(row.rejected, /^Eggs have been eaten/)
      assert.strictEqual(row.prompt, "User: How long do I boil an egg?")
      assert.strictEqual(row.feedback, "That is far too long-winded, just give me the minutes.")
      const asked = requests.find(({ task }) => task.kind === "rewrite" && task.prompt.includes("egg"))!
      assert.include(asked.messages[0]!.content, "Known of the user: P1")
    })
  )

  it.effect("rlhi drops rewrites that the reward model likes no better", () =>
    Effect.map(ran, ({ rejects, requests, rows }) => {
      assert.isTrue(requests.some(({ task }) => task.kind === "rewrite" && task.prompt.includes("Sondel")))
      assert.strictEqual(rows.filter(({ route }) => route === "rewrite").length, 1)
      assert.strictEqual(rejects.filter(({ reason }) => reason === "no gain in reward").length, 1)
      for (const { atheneChosen, atheneRejected } of rows) assert.isAbove(atheneChosen!, atheneRejected!)
    })
  )

  it.effect("rlhi answers openings without feedback anew with the persona, best against worst, and no later turn", () =>
    Effect.map(ran, ({ rejects, rows }) => {
      const some = rows.filter(({ route }) => route === "reward")
      assert.deepStrictEqual(
        some.map(({ chosen, promptId, rejected }) => [promptId, chosen, rejected]),
        [
          ["c2#1", "Sample 3 for one", "Sample 0 for one"],
          ["c4#1", "Sample 3 for two", "Sample 0 for two"]
        ]
      )
      assert.deepStrictEqual(
        rejects.filter(({ reason }) => reason === "no such route").map(({ id }) => id),
        ["c1#3", "c3#3", "c3#5", "c4#3"]
      )
    })
  )
})
