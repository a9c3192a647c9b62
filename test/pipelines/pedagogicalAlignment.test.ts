import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { bestWorst, generate, memory, pair, Pipeline, Prompt } from "prefloom"
import { pedagogicalAlignment, singleReplies } from "../../pipelines/pedagogicalAlignment.ts"
import { scripted } from "../../src/providers/scripted.ts"
import type { Request } from "../../src/services/Provider.ts"
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
/** What the strong tutor says when it talks on; a grade that no model gives in the tests unless it is told to. */
const later = { grade: "partial", action: "correct", state: "open", subproblem: "Go on.", reply: "Not quite." }
const isTutor = ({ task }: Request) => task.kind === "generate" && task.persona === "assistant"
const isStudent = ({ task }: Request) => task.kind === "generate" && task.persona === "user"

/**
 * By the places of the dialogues; the reference of the last cannot be read. The simulated student ends the dialogue unless it is told what to
 * say; to what it says, the model in training replies as the tutor does but for the action.
 */
const provider = (kinds: ReadonlyArray<string>, said = "") =>
  scripted((request) => {
    if (isStudent(request)) return said
    if (isTutor(request)) return JSON.stringify(later)
    const { content } = request.messages[0]!
    if (said !== "" && content.endsWith(`Student: ${said}`)) return JSON.stringify({ ...later, action: "answer" })
    const place = dialogues.findIndex(({ prompt }) => content.endsWith(prompt))
    return place === 4 ? "{}" : students[kinds[place]!]!(dialogues[place]!.tutor)
  })
const runWith = (...kinds: ReadonlyArray<string>) => runRecipe(pedagogicalAlignment, provider(kinds))

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
        rejects.filter(({ stage }) => stage !== "rolePlay").map(({ id, reason, stage }) => [id, stage, reason]),
        [["dialogue-5", "verify", "verify reply: malformed"]]
      )
    })
  )

  it.effect(
    "pedagogicalAlignment lets a simulated student talk on with the tutor, and compares at its next reply too",
    () =>
      Effect.gen(function* () {
        const kinds = dialogues.map(() => "other words alone")
        const { requests, rows } = yield* runRecipe(pedagogicalAlignment, provider(kinds, "Is it twelve?"))
        const { id, prompt, tutor } = dialogues[0]!
        const next = rows.find(({ promptId }) => promptId === `${id}#2`)!
        assert.strictEqual(next.prompt, `${prompt}\nTutor: ${tutor}\nStudent: Is it twelve?`)
        assert.deepStrictEqual([next.chosen, next.chosenModel], [JSON.stringify(later), "tutor"])
        assert.deepStrictEqual(JSON.parse(next.rejected), { ...later, action: "answer" })
        // Where the model agrees at the first reply there is no pair of it; every dialogue goes on once.
        assert.strictEqual(rows.length, dialogues.length)
        const asked = requests.filter(isStudent)
        assert.strictEqual(asked.length, dialogues.length)
        for (const { messages, model } of asked) {
          assert.strictEqual(model, "gpt-5.4")
          assert.match(messages[0]!.content, /^You are the student/)
        }
        assert.isTrue(requests.some(({ messages }) => messages.at(-1)!.content.includes(`Assistant: ${tutor}`)))
      })
  )

  it.effect("pedagogicalAlignment gives both sides of its pairs as single replies, and none of an agreement", () =>
    Effect.gen(function* () {
      const kinds = ["another grade", "other words alone", "no JSON", "other words alone"]
      const pairs = (yield* runRecipe(pedagogicalAlignment, provider(kinds))).rows
      const { rejects, rows } = yield* runRecipe(singleReplies, provider(kinds))
      assert.sameDeepMembers(
        rows.map(({ completion, label, promptId }) => [promptId, completion, label]),
        pairs.flatMap(({ chosen, promptId, rejected }) => [
          [promptId, chosen, true],
          [promptId, rejected, false]
        ])
      )
      assert.strictEqual(rows.length, 4)
      assert.deepStrictEqual(
        rejects.filter(({ reason }) => reason === "no label").map(({ id }) => id),
        ["dialogue-2", "dialogue-4"]
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
