import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { scripted } from "../../src/providers/scripted.ts"
import { simulated } from "../../src/providers/simulated.ts"
import { LanguageModelError } from "../../src/services/LanguageModelError.ts"
import type { Completion, Request } from "../../src/services/Provider.ts"
import { flag } from "../../src/stages/flag.ts"
import { normaliseTag, tag, type TagOptions } from "../../src/stages/tag.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"
import { promptFields, somePrompts } from "./groups.ts"

stageContract("tag", { fields: promptFields, rows: somePrompts(6), stage: tag(), provider: simulated() })

const fields = { id: Schema.String, prompt: Schema.String }

const run = Effect.fnUntraced(function* (
  prompts: ReadonlyArray<string>,
  answer: (request: Request) => string | Completion | Effect.Effect<string, LanguageModelError>,
  options: TagOptions = {}
) {
  const asked: Array<Request> = []
  const provider = scripted((request) => {
    asked.push(request)
    return answer(request)
  })
  const rows = prompts.map((prompt, i) => ({ id: `row ${i}`, prompt }))
  const result = yield* collect(pipelineOf(rows, fields).pipe(tag(options)), { provider, seed: 5 })
  return { ...result, asked, tags: result.rows.map((row) => row.tags) }
})

describe("tag", () => {
  it.effect("tag asks about the prompt once, for a list, at temperature 0", () =>
    Effect.gen(function* () {
      const { asked, tags } = yield* run(["Plan my week", "Plan my week"], () => '{"tags": ["planning"]}', {
        model: "tagger",
        maxTokens: 99
      })
      assert.deepStrictEqual(tags, [["planning"], ["planning"]])
      assert.strictEqual(asked.length, 1)
      const { answer, maxTokens, messages, model, temperature } = asked[0]!
      assert.deepStrictEqual([maxTokens, messages.length, model, temperature], [99, 1, "tagger", 0])
      assert.include(messages[0]!.content, "\nPlan my week\n")
      assert.deepStrictEqual(answer!.schema, {
        type: "object",
        properties: { tags: { type: "array", items: { type: "string" } } },
        required: ["tags"],
        additionalProperties: false
      })
    })
  )

  it.effect("tag brings tags to one form and leaves repeated and blank ones out, in the model's order", () =>
    Effect.gen(function* () {
      const { rejects, tags } = yield* run(["a", "b"], ({ task }) =>
        task.prompt === "a" ? '{"tags": ["Time-Management", "C++", " time  management", "", "_", "C"]}' : '{"tags": []}'
      )
      assert.deepStrictEqual(tags, [["time management", "c++", "c"], []])
      assert.deepStrictEqual(rejects, [])
    })
  )

  it("tag: normaliseTag is the same when done twice", () => {
    for (const given of ["Ｆｕｌｌ Width", "İstanbul – travel", "a__b--c", "\tspaced\n", "C#", "naïve", "①"]) {
      assert.strictEqual(normaliseTag(normaliseTag(given)), normaliseTag(given))
    }
    assert.strictEqual(normaliseTag("Ｆｕｌｌ Width"), "full width")
    assert.strictEqual(normaliseTag("travel – city_trip"), "travel city trip")
  })

  it.effect("tag takes the tags of a vocabulary letter by letter, and tells the server of them", () =>
    Effect.gen(function* () {
      const options = { vocabulary: ["Coding", "Time-Off"] }
      const { asked, rejects, tags } = yield* run(
        ["good", "repaired", "bad"],
        ({ messages, task }) => {
          if (task.prompt === "good") return '{"tags": ["Time-Off", "Coding", "Time-Off"]}'
          const isRepaired = task.prompt === "repaired" && messages.length > 1
          return isRepaired ? '{"tags": ["Coding"]}' : '{"tags": ["coding"]}'
        },
        options
      )
      assert.deepStrictEqual(tags, [["Time-Off", "Coding"], ["Coding"], []])
      assert.deepStrictEqual(
        rejects.map(({ id, reason, stage }) => [id, reason, stage]),
        [["row 2", "tags: malformed answer", "tag"]]
      )
      assert.deepInclude(asked[0]!.task, { kind: "tag", vocabulary: options.vocabulary })
      assert.include(JSON.stringify(asked[0]!.answer), '"enum":["Coding","Time-Off"]')
      assert.include(asked[0]!.messages[0]!.content, '["Coding","Time-Off"]')
    })
  )

  it.effect("tag goes on with no tags, and a note, where they cannot be had", () =>
    Effect.gen(function* () {
      const refusal: Completion = { text: "No.", finishReason: "refusal", model: "m", usage: null, planted: null }
      const tooLong = new LanguageModelError({
        reason: "contextTooLong",
        provider: "p",
        model: "m",
        found: "f",
        remedy: "r"
      })
      const { asked, rejects, tags } = yield* run(["prose", "refused", "long"], ({ task }) =>
        task.prompt === "prose" ? "I would say: planning" : task.prompt === "refused" ? refusal : Effect.fail(tooLong)
      )
      assert.deepStrictEqual(tags, [[], [], []])
      assert.deepStrictEqual(
        rejects.map(({ id, reason }) => [id, reason]),
        [
          ["row 0", "tags: malformed answer"],
          ["row 1", "tags: refused"],
          ["row 2", "tags: contextTooLong"]
        ]
      )
      // Prose is followed up once; neither of the others is.
      assert.strictEqual(asked.length, 4)
    })
  )

  it.effect("tag makes what the tag rules of flag read", () =>
    Effect.gen(function* () {
      const rows = ["one", "one two three", "one two"].map((prompt) => ({ id: prompt, prompt }))
      const provider = scripted(({ task }) => JSON.stringify({ tags: task.prompt.split(" ") }))
      const pipeline = pipelineOf(rows, fields).pipe(tag(), flag({ rule: "tagCmp", tags: "tags", nSelected: 1 }))
      const { rows: made } = yield* collect(pipeline, { provider })
      assert.deepStrictEqual(
        made.map(({ flagged }) => flagged),
        [true, false, true]
      )
    })
  )

  it("tag refuses a vocabulary without tags, with a blank one or with one twice", () => {
    assert.throws(() => tag({ vocabulary: [] }), /a vocabulary without tags/)
    assert.throws(() => tag({ vocabulary: ["a", " "] }), /a tag without text/)
    assert.throws(() => tag({ vocabulary: ["a", "b", "a"] }), /the tag "a" twice/)
  })
})
