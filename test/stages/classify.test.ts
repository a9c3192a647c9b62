import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { scripted } from "../../src/providers/scripted.ts"
import { simulated } from "../../src/providers/simulated.ts"
import type { Request } from "../../src/services/Provider.ts"
import { classify } from "../../src/stages/classify.ts"
import { judge } from "../../src/stages/judge.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"
import { promptFields, somePrompts } from "./groups.ts"

const fields = { ...promptFields, followUp: Schema.NullOr(Schema.String) }
const followUps = ["That is wrong.", "Thanks!", null, "???"]
const rows = somePrompts(4).map((row, i) => Object.assign(row, { followUp: followUps[i]! }))

const options = {
  annotator: "a",
  as: "feedback",
  classes: { correction: "the user says that something is wrong", none: "no feedback" },
  slots: { followUp: Schema.NullOr(Schema.String) },
  of: "followUp"
} as const

const provider = scripted(({ task }) =>
  task.prompt.includes("wrong")
    ? '{"class": "correction"}'
    : task.prompt === "???"
      ? '{"class": "rage"}'
      : '{"class": "none"}'
)

stageContract("judge.classify", { fields, rows, stage: judge.classify(options), provider })

describe("classify", () => {
  it.effect("classify gives each turn a class of the set, and null with a note where there is none", () =>
    Effect.gen(function* () {
      const { rejects, rows: made } = yield* collect(pipelineOf(rows, fields).pipe(classify(options)), { provider })
      const classes: ReadonlyArray<"correction" | "none" | null> = made.map(({ feedback }) => feedback)
      assert.deepStrictEqual(classes, ["correction", "none", null, null])
      assert.deepStrictEqual(
        rejects.map(({ id, reason }) => [id, reason]),
        [[rows[3]!.id, "feedback: malformed answer"]]
      )
    })
  )

  it.effect("classify tells the judge the classes and what they mean", () =>
    Effect.gen(function* () {
      const asked: Array<Request> = []
      const watching = scripted((request) => {
        asked.push(request)
        return '{"class": "none"}'
      })
      yield* collect(pipelineOf(rows.slice(0, 1), fields).pipe(classify(options)), { provider: watching })
      yield* collect(
        pipelineOf(rows.slice(0, 1), fields).pipe(classify({ annotator: "a", as: "kind", classes: ["none", "other"] })),
        { provider: watching }
      )
      const [told, plain] = asked.map(({ messages }) => messages[0]!.content)
      for (const part of [
        '"correction": the user says that something is wrong',
        '{"class": "correction" | "none"}',
        "<message>\nThat is wrong.\n</message>"
      ]) {
        assert.include(told, part)
      }
      assert.include(plain, `<message>\n${rows[0]!.prompt}\n</message>`)
      assert.deepNestedInclude(asked[0]!.answer, {
        "schema.properties.class": { type: "string", enum: ["correction", "none"] }
      })
    })
  )

  it("classify refuses sets that tell nothing apart", () => {
    for (const classes of [["a"], ["a", "a"], ["a", " "]]) {
      assert.throws(() => classify({ annotator: "a", as: "c", classes }), `found classes ${JSON.stringify(classes)}`)
    }
    assert.throws(() => classify({ ...options, slots: {}, of: "followUp" as never }), /found the evidence "followUp"/)
  })

  it.effect("classify is refused by the simulated model, with the remedy", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        collect(pipelineOf(rows, fields).pipe(classify(options)), { provider: simulated() })
      )
      assert.match(String(error), /takes reading \("classify"\).*scripted/)
    })
  )
})
