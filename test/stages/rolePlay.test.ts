import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Journal, JournalError } from "../../src/Journal.ts"
import type { Pipeline } from "../../src/Pipeline.ts"
import { scripted } from "../../src/providers/scripted.ts"
import type { Run } from "../../src/Run.ts"
import type { LanguageModel } from "../../src/services/LanguageModel.ts"
import type { LanguageModelError } from "../../src/services/LanguageModelError.ts"
import type { Completion, Request } from "../../src/services/Provider.ts"
import type { RowOf } from "../../src/Stage.ts"
import { rolePlay, type RolePlayOptions } from "../../src/stages/rolePlay.ts"
import { stageContract } from "../contracts/stage.ts"
import { candidateOf } from "./candidates.ts"
import { collect, pipelineOf } from "./collect.ts"
import { groupFields, someGroups } from "./groups.ts"

const user = { system: "You want a cheap lamp.", model: "customer" }

stageContract("rolePlay", {
  fields: groupFields,
  rows: someGroups(4),
  stage: rolePlay({ user, turns: 2, n: 2 }),
  provider: scripted(({ messages, sampleIndex }) => `said ${sampleIndex} after ${messages.at(-1)!.content.length}`)
})

const roleOf = ({ task }: Request) => (task.kind === "generate" ? task.persona : assert.fail(task.kind))

const row = {
  id: "r",
  domain: null,
  prompt: "Which lamp?",
  reference: null,
  candidates: [candidateOf({ id: "a", text: "The red one.\n" })],
  judgments: []
}

type Rows = Pipeline<RowOf<typeof groupFields>, LanguageModelError | JournalError, Run | LanguageModel | Journal>

const run = Effect.fnUntraced(function* (
  stages: ReadonlyArray<RolePlayOptions>,
  answer: (request: Request) => string | Completion = (request) => (roleOf(request) === "user" ? "How much?" : "Ten.")
) {
  const asked: Array<Request> = []
  const provider = scripted((request) => {
    asked.push(request)
    return answer(request)
  })
  const pipeline = stages.reduce<Rows>((rows, options) => rows.pipe(rolePlay(options)), pipelineOf([row], groupFields))
  const { rejects, rows } = yield* collect(pipeline, { provider })
  return { asked, made: rows[0]!.candidates.slice(1), rejects, reasons: rejects.map(({ reason }) => reason) }
})

describe("rolePlay", () => {
  it.effect("rolePlay lets user and assistant speak in turn, and shares the parent's text", () =>
    Effect.gen(function* () {
      const { asked, made } = yield* run([{ user, assistant: { system: "You sell." }, turns: 3 }])
      const { id, ...dialogue } = made[0]!
      assert.deepStrictEqual(
        { ...dialogue, id },
        candidateOf({
          id,
          text: "The red one.\n\nUser: How much?\n\nAssistant: Ten.\n\nUser: How much?",
          kind: "dialogue",
          model: "customer",
          parentId: "a",
          operation: "rolePlay",
          sharedPrefix: "The red one.".length,
          features: [{ name: "turns", value: 3 }]
        })
      )
      assert.deepStrictEqual(asked.map(roleOf), ["user", "assistant", "user"])
      assert.deepStrictEqual(
        asked.map(({ model }) => model),
        ["customer", null, "customer"]
      )
      const [first, second] = asked
      assert.strictEqual(first!.messages[0]!.content, user.system)
      assert.include(first!.messages[1]!.content, "User: Which lamp?\n\nAssistant: The red one.\n</conversation>")
      assert.deepStrictEqual(second!.messages, [
        { role: "system", content: "You sell." },
        { role: "user", content: "Which lamp?" },
        { role: "assistant", content: "The red one." },
        { role: "user", content: "How much?" }
      ])
    })
  )

  it.effect("rolePlay draws several replies in the same state, and goes on from what nobody has gone on from", () =>
    Effect.gen(function* () {
      const { made } = yield* run(
        [
          { user, turns: 1 },
          { user, turns: 1, n: 2 },
          { user, turns: 1 }
        ],
        (request) => (roleOf(request) === "user" ? "How much?" : `Price ${request.sampleIndex}.`)
      )
      const [asks, first, second, firstEnd, secondEnd] = made
      assert.strictEqual(made.length, 5)
      assert.deepStrictEqual([first!.parentId, second!.parentId], [asks!.id, asks!.id])
      assert.strictEqual(first!.sharedPrefix, asks!.text.length)
      assert.deepStrictEqual([firstEnd!.parentId, secondEnd!.parentId], [first!.id, second!.id])
      assert.strictEqual(secondEnd!.text, `${asks!.text}\n\nAssistant: Price 1.\n\nUser: How much?`)
    })
  )

  it.effect("rolePlay stops where it is told, and cuts off what a speaker says for the other side", () =>
    Effect.gen(function* () {
      const until = (said: string, role: string) => role === "user" && said.includes("buy")
      const { made } = yield* run([{ user, turns: 5, until }], () => "User: I buy it.\nAssistant: Fine.\nUser: Bye.")
      assert.strictEqual(made[0]!.text, "The red one.\n\nUser: I buy it.")
      assert.deepStrictEqual(made[0]!.features, [{ name: "turns", value: 1 }])
    })
  )

  it.effect("rolePlay notes a turn that is empty or cut off, and leaves no half conversation", () =>
    Effect.gen(function* () {
      const silent = yield* run([{ user, turns: 2 }], (request) => (roleOf(request) === "user" ? "Hm?" : " "))
      assert.deepStrictEqual([silent.made.length, silent.reasons], [0, ["rolePlay: no text"]])
      assert.strictEqual(silent.rejects[0]!.detail, "turn 2, of the assistant")
      const cut = yield* run([{ user, turns: 1 }], () => ({
        text: "How m",
        finishReason: "length",
        model: "m",
        usage: null,
        planted: null
      }))
      assert.deepStrictEqual([cut.made.length, cut.reasons], [0, ["rolePlay: cut off"]])
      const none = yield* run([{ user, turns: 1, where: () => false }])
      assert.deepStrictEqual(none.reasons, ["rolePlay: nothing to play on"])
      assert.throws(() => rolePlay({ user, turns: 0 }), RangeError)
    })
  )
})
