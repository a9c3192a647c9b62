import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { scpo } from "../../pipelines/scpo.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { runRecipe } from "./runRecipe.ts"

const pictures = fs
  .readFileSync("data/scpo.jsonl", "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Readonly<Record<"id" | "scene" | "prompt" | "caption", string>>)

const editOf = (caption: string) => caption.replace(/\.$/, " at night.")
const pictureOf = (text: string) =>
  pictures.find(({ caption, prompt }) => [prompt, caption, editOf(caption)].includes(text))!

/** How close the sides of a scene are in meaning (cosine), and how much likelier one is to the model, in nats. */
const plants: Readonly<Record<string, { readonly cosine: number; readonly gap: number }>> = {
  kitchen: { cosine: 1, gap: 0 },
  market: { cosine: 1, gap: 0 },
  harbour: { cosine: 0.5, gap: 1 },
  desk: { cosine: 0.5, gap: 1 },
  park: { cosine: 0, gap: 40 },
  street: { cosine: 0, gap: 40 }
}
const isSecond = (text: string) => text.endsWith("at night.") || text.includes("-b.jpg")

const provider = scripted(
  ({ messages, task }) => {
    const caption = task.kind === "inject" ? task.original : ""
    return messages[0]!.content.includes(caption) ? editOf(caption) : "no caption was shown"
  },
  {
    embed: ({ text }) => {
      const { cosine } = plants[pictureOf(text).scene]!
      return isSecond(text) ? [2 * cosine, 2 * Math.sqrt(1 - cosine ** 2)] : [5, 0]
    },
    score: ({ text }) => [{ token: text, logProb: isSecond(text) ? -5 - plants[pictureOf(text).scene]!.gap : -5 }]
  }
)

describe("scpo", () => {
  it.effect("scpo contrasts two texts of one picture, and two pictures of one text within a scene", () =>
    Effect.gen(function* () {
      const { requests, rows } = yield* runRecipe(scpo, provider)
      const kinds = requests.map(({ task }) => (task.kind === "inject" ? task.errorType : task.kind))
      assert.strictEqual(kinds.length, pictures.length)
      assert.includeMembers(["object", "attribute", "relation"], kinds)
      assert.isAbove(new Set(kinds).size, 1, "kinds of error are drawn")
      const contrastsOf = (direction: string) =>
        rows
          .filter((row) => row.direction === direction)
          .map(({ chosen, prompt, rejected }) => ({ prompt, chosen, rejected }))
      assert.sameDeepMembers(
        contrastsOf("texts"),
        pictures.map(({ caption, prompt }) => ({ prompt, chosen: caption, rejected: editOf(caption) }))
      )
      assert.sameDeepMembers(
        contrastsOf("pictures"),
        pictures.map(({ caption, id, prompt, scene }) => {
          const other = pictures.find((picture) => picture.scene === scene && picture.id !== id)!
          return { prompt: caption, chosen: prompt, rejected: other.prompt }
        })
      )
    })
  )

  it.effect(
    "scpo stages contrasts from easy to hard by uncertainty, closeness in meaning and closeness in wording",
    () =>
      Effect.gen(function* () {
        const { rows } = yield* runRecipe(scpo, provider)
        const stages = [1, 2, 3].map((_, stage) =>
          [
            ...new Set(rows.filter((row) => row.curriculumStage === stage).map(({ chosen }) => pictureOf(chosen).scene))
          ].toSorted()
        )
        assert.deepStrictEqual(stages, [
          ["park", "street"],
          ["desk", "harbour"],
          ["kitchen", "market"]
        ])
        assert.deepStrictEqual(
          rows.map(({ curriculumStage }) => curriculumStage),
          [0, 1, 2].flatMap((stage) => Array.from({ length: 8 }, () => stage))
        )
        const [kitchen, harbour] = ["kitchen-a", "harbour-a"].map((id) =>
          rows.find((row) => row.direction === "texts" && row.prompt.includes(id))!
        )
        // The caption of the kitchen has 12 words and a full stop, that of the harbour 11 and one; the edit adds two words to either.
        assert.approximately(kitchen!.difficulty, (1 + 1 + 13 / 15) / 3, 1e-9)
        assert.approximately(harbour!.difficulty, (1 - Math.tanh(0.5) + 0.5 + 12 / 14) / 3, 1e-9)
      })
  )
})
