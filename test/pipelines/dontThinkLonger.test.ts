import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { scripted } from "../../src/providers/scripted.ts"
import { dontThinkLonger } from "../../pipelines/dontThinkLonger.ts"
import { runRecipe } from "./runRecipe.ts"

/** The patterns of every trace; the reasoning that decides is `works`, and `check` is needed where `odd` is there. */
const patterns = {
  start: "Let me see what is asked. ",
  odd: "Hmm, an odd remark. ",
  works: "Wait, I have it by multiplying. ",
  doubt: "Alternatively I could count them. ",
  end: "However I trust it. "
}
const reference = (prompt: string) => (prompt.includes("shelf") ? "79" : prompt.includes("trains") ? "22" : "78")

/**
 * A text leads to the answer in six of eight continuations once it works, in four where it only has begun; without its start, in none. In
 * the case of the trains it never does.
 */
const nRight = (prompt: string, text: string) =>
  prompt.includes("trains") || !text.startsWith(patterns.start) ? 0 : text.includes(patterns.works) ? 6 : 4

const script = scripted(({ prefix, sampleIndex, task }) => {
  if (task.kind === "rateSpan") {
    const part = task.text.slice(task.start, task.end)
    return JSON.stringify({ level: part === patterns.works ? "yes" : "no" })
  }
  const answer = reference(task.prompt)
  if (prefix === undefined) {
    const { doubt, end, odd, start, works } = patterns
    return `${start}${odd}${works}${doubt.repeat(sampleIndex + 1)}${end}\n\nFinal answer: ${sampleIndex < 2 ? answer : 1}`
  }
  if (prefix.endsWith("Final answer:")) return ` ${nRight(task.prompt, prefix) > 4 ? answer : 0}`
  return `Final answer: ${sampleIndex < nRight(task.prompt, prefix) ? answer : 0}`
})

describe("the recipe of Don't Think Longer, Think Wisely", () => {
  const ran = runRecipe(dontThinkLonger, script)

  it.effect("dontThinkLonger finalises at the first pattern above the threshold, and drops the later ones", () =>
    Effect.map(ran, ({ rows }) => {
      assert.isAbove(rows.length, 0)
      for (const { chosen } of rows) {
        // Exactly half of the continuations is not above it, so it goes on to the pattern that works.
        assert.include(chosen, patterns.works)
        assert.notInclude(chosen, "Alternatively")
        assert.notInclude(chosen, "However")
      }
    })
  )

  it.effect("dontThinkLonger takes out a flagged pattern only where a quick decode still reaches the answer", () =>
    Effect.map(ran, ({ requests, rows }) => {
      const pruned = `${patterns.start}${patterns.works}\n\nFinal answer: 79`
      for (const row of rows.filter(({ promptId }) => promptId === "d1")) assert.strictEqual(row.chosen, pruned)
      // The start was flagged and tried as well, and kept because nothing is right without it; 8 continuations for two questions.
      const tried = requests.filter(({ prefix }) => prefix === patterns.odd + patterns.works)
      assert.strictEqual(tried.length, 16)
    })
  )

  it.effect("dontThinkLonger pairs the shortest right result with each longer trace", () =>
    Effect.map(ran, ({ rejects, rows }) => {
      for (const id of ["d1", "d3"]) {
        const some = rows.filter(({ promptId }) => promptId === id)
        assert.strictEqual(some.length, 4)
        assert.strictEqual(new Set(some.map(({ rejected }) => rejected)).size, 4)
        for (const { chosen, rejected } of some) {
          assert.isBelow(chosen.length, rejected.length)
          assert.include(rejected, patterns.end)
        }
      }
      assert.isFalse(rows.some(({ promptId }) => promptId === "d2"))
      assert.isTrue(rejects.some(({ id, reason }) => id === "d2" && reason.startsWith("shorter")))
    })
  )
})
