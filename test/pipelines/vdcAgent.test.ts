import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { ask, judge, Judgments, memory, Pipeline, Prompt } from "prefloom"
import { vdcAgent } from "../../pipelines/vdcAgent.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { runRecipe } from "./runRecipe.ts"

/** What the critic gives the captions of each video, iteration by iteration; null is an answer that is no JSON. */
const scores: Readonly<Record<string, ReadonlyArray<number | null>>> = {
  harbour: [3, 5, 4, 8],
  kitchen: [2, 9],
  tram: [6, 6.5, 6.25, 6.125],
  garden: [1, null],
  market: [null, null, null, null]
}
const openings = ["Slowly", "Brightly", "Quietly", "Suddenly"]

/** Captions tell their video and how often the instruction was edited; edits count up. */
const provider = scripted(({ messages, task }) => {
  const asked = messages.at(-1)!.content
  const edits = Number(/edit (\d)/.exec(asked)?.[1] ?? 0)
  const video = /videos\/(\w+)/.exec(asked)?.[1]
  if (task.kind === "generate" && video !== undefined) return `${openings[edits]} goes the ${video}, take ${edits}`
  if (task.kind === "generate") {
    return `edit ${edits + 1} because of ${asked.includes("made a caption worse") ? "a fall" : "a suggestion"}`
  }
  const [, of, take] = /goes the (\w+), take (\d)/.exec(task.kind === "rate" ? task.text : "")!
  const score = scores[of!]![Number(take)]!
  return score === null ? "no JSON" : JSON.stringify({ critique: `more of ${of} ${take}`, score })
})

describe("vdcAgent", () => {
  it.effect(
    "vdcAgent follows suggestions, reflects where the score fell, and stops at the target or after 4 iterations",
    () =>
      Effect.gen(function* () {
        const { requests } = yield* runRecipe(vdcAgent, provider)
        const asked = requests.map(({ messages, task }) => ({ kind: task.kind, text: messages.at(-1)!.content }))
        const captionsOf = (video: string) => asked.filter(({ text }) => text.includes(`[videos/${video}.mp4]`))
        assert.deepStrictEqual(
          captionsOf("harbour").map(({ text }) => text.split("\n")[0]),
          [
            "Describe this video in detail.",
            "edit 1 because of a suggestion",
            "edit 2 because of a suggestion",
            "edit 3 because of a fall"
          ]
        )
        assert.strictEqual(captionsOf("kitchen").length, 2)
        const repair = asked.find(({ text }) => text.includes("4 after 5") && text.includes('"more of harbour 1"'))
        assert.include(repair?.text, "Suggestion: more of harbour 2")
        // A score that cannot be read edits nothing.
        assert.isTrue(captionsOf("market").every(({ text }) => text.startsWith("Describe this video")))
      })
  )

  it.effect(
    "vdcAgent pairs best and worst of a trajectory, widest score gap first, without captions whose score cannot be read",
    () =>
      Effect.gen(function* () {
        const { rejects, rows } = yield* runRecipe(vdcAgent, provider)
        assert.deepStrictEqual(
          rows.map(({ chosen, margin, rank, rejected, video }) => [
            rank,
            video,
            margin,
            chosen.slice(-1),
            rejected.slice(-1)
          ]),
          [
            [0, "videos/kitchen.mp4", 7, "1", "0"],
            [1, "videos/harbour.mp4", 5, "3", "0"],
            [2, "videos/tram.mp4", 0.5, "1", "0"]
          ]
        )
        const unread = rejects.filter(({ reason }) => reason.startsWith("judgment:"))
        assert.includeMembers(
          unread.map(({ id }) => id),
          ["video-4", "video-5"]
        )
        assert.includeDeepMembers(
          rejects.map(({ id, stage }) => [id, stage]),
          [["video-5", "pair"]]
        )
      })
  )

  it("vdcAgent does not compile where an edit is asked for before the critic has spoken", () => {
    const edit = ask({ as: "edit", slots: { ...Judgments, prompt: Schema.String }, request: () => null })
    assert.throws(
      // @ts-expect-error judgments are missing
      () => memory([], Prompt).pipe(edit, judge.rate({ annotators: ["critic"] })),
      Pipeline.WiringError,
      'column "judgments" is missing'
    )
  })
})
