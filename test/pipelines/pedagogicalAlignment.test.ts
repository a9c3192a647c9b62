import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { bestWorst, generate, memory, pair, Pipeline, Prompt } from "prefloom"
import { pedagogicalAlignment } from "../../pipelines/pedagogicalAlignment.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { runRecipe } from "./runRecipe.ts"

const lines = fs.readFileSync("data/pedagogicalAlignment.jsonl", "utf8").trim().split("\n")
const dialogues = lines.map(
  (line) => JSON.parse(line) as { readonly id: string; readonly prompt: string; readonly tutor: string }
)

const other = { subproblem: "Another step.", reply: "Something else entirely, in words of my own." }
/** What the student model makes of the tutor's own reply. */
const students: Readonly<Record<string, (tutor: string) => string>> = {
  "other words alone": (tutor) => JSON.stringify({ ...(JSON.parse(tutor) as object), ...other }),
  "another grade": (tutor) => JSON.stringify({ ...(JSON.parse(tutor) as object), grade: "partial" }),
  "another action": (tutor) => JSON.stringify({ ...(JSON.parse(tutor) as object), action: "answer" }),
  "another state": (tutor) => JSON.stringify({ ...(JSON.parse(tutor) as object), state: "solved" }),
  "no JSON": () => "Well done, go on!",
  "a field missing": (tutor) => JSON.stringify({ ...(JSON.parse(tutor) as object), reply: undefined })
}
/** By the places of the dialogues; the reference of the last cannot be read. */
const runWith = (...kinds: ReadonlyArray<string>) =>
  runRecipe(
    pedagogicalAlignment,
    scripted(({ messages }) => {
      const place = dialogues.findIndex(({ prompt }) => messages[0]!.content.endsWith(prompt))
      const { tutor } = dialogues[place]!
      return place === 4 ? "{}" : students[kinds[place]!]!(tutor)
    })
  )

describe("pedagogicalAlignment", () => {
  it.effect(
    "pedagogicalAlignment pairs by grade, action and state, not by words, and counts what cannot be read as rejected",
    () =>
      Effect.gen(function* () {
        const first = yield* runWith("another grade", "another action", "another state", "other words alone")
        const paired = first.rows.map(({ promptId }) => promptId)
        assert.deepStrictEqual(paired, ["dialogue-1", "dialogue-2", "dialogue-3"])
        const second = yield* runWith("no JSON", "a field missing", "other words alone", "other words alone")
        assert.deepStrictEqual(
          second.rows.map(({ promptId, rejected }) => [promptId, rejected]),
          [
            ["dialogue-1", "Well done, go on!"],
            ["dialogue-2", students["a field missing"]!(dialogues[1]!.tutor)]
          ]
        )
        for (const { chosen, promptId } of [...first.rows, ...second.rows]) {
          assert.strictEqual(chosen, dialogues.find(({ id }) => id === promptId)!.tutor)
        }
      })
  )

  it.effect("pedagogicalAlignment drops a dialogue whose reference cannot be read, with the reason", () =>
    Effect.gen(function* () {
      const { rejects } = yield* runWith("another grade", "another grade", "no JSON", "no JSON")
      assert.deepStrictEqual(
        rejects.map(({ id, reason, stage }) => [id, stage, reason]),
        [["dialogue-5", "verify", "verify reply: malformed"]]
      )
    })
  )

  it("pedagogicalAlignment does not compile where replies are paired before the reference is verified", () => {
    assert.throws(
      // @ts-expect-error judgments are missing
      () => memory([], Prompt).pipe(generate({ n: 1 }), pair({ rules: [bestWorst()] })),
      Pipeline.WiringError,
      'column "judgments" is missing'
    )
  })
})
