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
  stage: judge.prompts({ annotators: [{ name: "a", share: 0.5 }], rubric, as: "difficulty" }),
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
      const stage = ratePrompts({ annotators: ["a"], rubric, as: "difficulty", levels: { easy: 0, hard: 1 } })
      const { rows } = yield* collect(pipelineOf([row!], promptFields).pipe(stage), { provider })
      assert.strictEqual(rows[0]!.difficulty, 1)
      const { content } = asked[0]!.messages[0]!
      assert.include(content, rubric)
      assert.include(content, `<message>\n${row!.prompt}\n</message>`)
    })
  )

  it.effect("ratePrompts files the mean of what annotators and samples say, in a column for each axis", () =>
    Effect.gen(function* () {
      const asked: Array<Request> = []
      const scores: Readonly<Record<string, number>> = { strict: 2, kind: 7 }
      const provider = scripted((request) => {
        asked.push(request)
        const { sampleIndex, task } = request
        if (task.kind !== "ratePrompt") return assert.fail(`asked to ${task.kind}`)
        if (task.axis === "clarity" && task.annotator === "strict") return "no idea"
        return JSON.stringify({ score: scores[task.annotator]! + sampleIndex })
      })
      const axes = [
        { axis: "difficulty", rubric },
        { axis: "clarity", rubric: "how clear it is" }
      ] as const
      const stage = ratePrompts({ annotators: ["strict", "kind"], axes, samples: 2 })
      const pipeline = pipelineOf(somePrompts(1), promptFields).pipe(stage)
      const { rejects, rows } = yield* collect(pipeline, { provider })
      const [{ clarity, difficulty }] = rows as [(typeof rows)[number]]
      // The mean of 2, 3, 7 and 8; of "clarity", which one annotator cannot say, of 7 and 8.
      assert.deepStrictEqual([difficulty, clarity], [5, 7.5])
      assert.deepStrictEqual(
        rejects.map(({ detail, reason }) => [reason, detail.split(":")[0]]),
        [
          ["clarity: malformed answer", "strict"],
          ["clarity: malformed answer", "strict"]
        ]
      )
      assert.strictEqual(pipeline.steps.at(-1)!.callsPerRow, 8)
      // Each unreadable answer is followed up once.
      assert.strictEqual(asked.length, 8 + 2)
      assert.isTrue(asked.every(({ temperature }) => temperature === 1))
      assert.isTrue(asked.some(({ messages }) => messages[0]!.content.includes("how clear it is")))
    })
  )

  it("ratePrompts refuses an axis twice, no axis, and samples that would all be the same", () => {
    const axis = { axis: "d", rubric }
    assert.throws(() => ratePrompts({ annotators: ["a"], axes: [axis, axis] }), /the axis "d" twice/)
    assert.throws(() => ratePrompts({ annotators: ["a"], axes: [] }), /found no axis/)
    assert.throws(() => ratePrompts({ annotators: ["a"], rubric, as: "d", samples: 2, temperature: 0 }), /all the same/)
  })

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
        annotators: ["a"],
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
      const pipeline = pipelineOf(somePrompts(1), promptFields).pipe(
        ratePrompts({ annotators: ["a"], rubric, as: "d" })
      )
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
