import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { scripted } from "../../src/providers/scripted.ts"
import { simulated } from "../../src/providers/simulated.ts"
import type { Request } from "../../src/services/Provider.ts"
import { judge } from "../../src/stages/judge.ts"
import { ratePrompts } from "../../src/stages/ratePrompts.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"
import { promptFields, somePrompts } from "./groups.ts"

const byLength = scripted(({ task }) => `{"score": ${1 + (task.prompt.length % 10)}}`)
const rubric = "how hard it is to answer"

stageContract("judge.prompts", {
  fields: promptFields,
  rows: somePrompts(6),
  stage: judge.prompts({ annotator: { name: "a", share: 0.5 }, rubric, as: "difficulty" }),
  provider: byLength
})

describe("ratePrompts", () => {
  it.effect("ratePrompts gives the judge the prompt and the rubric, and files the score in its column", () =>
    Effect.gen(function* () {
      const asked: Array<Request> = []
      const provider = scripted((request) => {
        asked.push(request)
        return '{"level": "hard"}'
      })
      const [row] = somePrompts(1)
      const stage = ratePrompts({ annotator: "a", rubric, as: "difficulty", levels: { easy: 0, hard: 1 } })
      const { rows } = yield* collect(pipelineOf([row!], promptFields).pipe(stage), { provider })
      assert.strictEqual(rows[0]!.difficulty, 1)
      const { content } = asked[0]!.messages[0]!
      assert.include(content, rubric)
      assert.include(content, `<message>\n${row!.prompt}\n</message>`)
    })
  )

  it.effect("ratePrompts rates another text where it is told to, and none where there is none", () =>
    Effect.gen(function* () {
      const fields = { ...promptFields, followUp: Schema.NullOr(Schema.String) }
      const rows = somePrompts(3).map((row, i) => Object.assign(row, { followUp: [null, " ", "No!"][i]! }))
      const asked: Array<Request> = []
      const provider = scripted((request) => {
        asked.push(request)
        return '{"score": 3}'
      })
      const stage = ratePrompts({
        annotator: "a",
        rubric: "how annoyed it sounds",
        as: "annoyance",
        slots: { followUp: Schema.NullOr(Schema.String) },
        of: "followUp",
        evidence: ({ prompt }) => `It was a reply to: ${prompt}`
      })
      const { rejects, rows: made } = yield* collect(pipelineOf(rows, fields).pipe(stage), { provider })
      assert.deepStrictEqual(
        made.map(({ annoyance }) => annoyance),
        [null, null, 3]
      )
      assert.strictEqual(asked.length, 1)
      assert.include(asked[0]!.messages[0]!.content, `<evidence>\nIt was a reply to: ${rows[2]!.prompt}\n</evidence>`)
      assert.include(asked[0]!.messages[0]!.content, "<message>\nNo!\n</message>")
      assert.deepStrictEqual(rejects, [])
    })
  )

  it.effect("ratePrompts notes what it cannot read, and is refused by the simulated model", () =>
    Effect.gen(function* () {
      const pipeline = pipelineOf(somePrompts(1), promptFields).pipe(ratePrompts({ annotator: "a", rubric, as: "d" }))
      const { rejects, rows } = yield* collect(pipeline, { provider: scripted(() => "hard") })
      assert.isNull(rows[0]!.d)
      assert.deepStrictEqual(
        rejects.map(({ reason }) => reason),
        ["d: malformed answer"]
      )
      const error = yield* Effect.flip(collect(pipeline, { provider: simulated() }))
      assert.match(String(error), /takes reading \("ratePrompt"\)/)
    })
  )
})
