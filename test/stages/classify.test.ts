import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { scripted } from "../../src/providers/scripted.ts"
import { simulated } from "../../src/providers/simulated.ts"
import { LanguageModelError } from "../../src/services/LanguageModelError.ts"
import type { Completion, Request } from "../../src/services/Provider.ts"
import type { Annotator } from "../../src/stages/Annotator.ts"
import { classify } from "../../src/stages/classify.ts"
import { flag } from "../../src/stages/flag.ts"
import { judge } from "../../src/stages/judge.ts"
import { normaliseTag } from "../../src/stages/normaliseTag.ts"
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

const tagFields = { id: Schema.String, prompt: Schema.String }
const tagging = (
  more: { readonly annotator?: Annotator; readonly classes?: ReadonlyArray<string>; readonly maxTokens?: number } = {}
) => judge.classify({ annotator: "tagger", as: "tags", many: true, ...more })

stageContract("judge.classify", {
  fields: promptFields,
  rows: somePrompts(6),
  stage: tagging(),
  provider: simulated()
})

const run = Effect.fnUntraced(function* (
  prompts: ReadonlyArray<string>,
  answer: (request: Request) => string | Completion | Effect.Effect<string, LanguageModelError>,
  more: Partial<Parameters<typeof tagging>[0]> = {}
) {
  const asked: Array<Request> = []
  const watching = scripted((request) => {
    asked.push(request)
    return answer(request)
  })
  const prompted = prompts.map((prompt, i) => ({ id: `row ${i}`, prompt }))
  const result = yield* collect(pipelineOf(prompted, tagFields).pipe(tagging(more)), { provider: watching, seed: 5 })
  return { ...result, asked, tags: result.rows.map((row) => row.tags) }
})

describe("classify with many", () => {
  it.effect("classify asks about the prompt once, for a list, at temperature 0", () =>
    Effect.gen(function* () {
      const { asked, tags } = yield* run(["Plan my week", "Plan my week"], () => '{"tags": ["planning"]}', {
        annotator: { name: "a", model: "tagger" },
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

  it.effect("classify brings tags to one form and leaves repeated and blank ones out, in the model's order", () =>
    Effect.gen(function* () {
      const { rejects, tags } = yield* run(["a", "b"], ({ task }) =>
        task.prompt === "a" ? '{"tags": ["Time-Management", "C++", " time  management", "", "_", "C"]}' : '{"tags": []}'
      )
      assert.deepStrictEqual(tags, [["time management", "c++", "c"], []])
      assert.deepStrictEqual(rejects, [])
    })
  )

  it("classify: normaliseTag is the same when done twice", () => {
    for (const given of ["Ｆｕｌｌ Width", "İstanbul – travel", "a__b--c", "\tspaced\n", "C#", "naïve", "①"]) {
      assert.strictEqual(normaliseTag(normaliseTag(given)), normaliseTag(given))
    }
    assert.strictEqual(normaliseTag("Ｆｕｌｌ Width"), "full width")
    assert.strictEqual(normaliseTag("travel – city_trip"), "travel city trip")
  })

  it.effect("classify takes the tags of a vocabulary letter by letter, and tells the server of them", () =>
    Effect.gen(function* () {
      const more = { classes: ["Coding", "Time-Off"] }
      const { asked, rejects, tags } = yield* run(
        ["good", "repaired", "bad"],
        ({ messages, task }) => {
          if (task.prompt === "good") return '{"tags": ["Time-Off", "Coding", "Time-Off"]}'
          const isRepaired = task.prompt === "repaired" && messages.length > 1
          return isRepaired ? '{"tags": ["Coding"]}' : '{"tags": ["coding"]}'
        },
        more
      )
      assert.deepStrictEqual(tags, [["Time-Off", "Coding"], ["Coding"], []])
      assert.deepStrictEqual(
        rejects.map(({ id, reason, stage }) => [id, reason, stage]),
        [["row 2", "tags: malformed answer", "judge.classify"]]
      )
      assert.deepInclude(asked[0]!.task, { kind: "tag", vocabulary: more.classes })
      assert.include(JSON.stringify(asked[0]!.answer), '"enum":["Coding","Time-Off"]')
      assert.include(asked[0]!.messages[0]!.content, '["Coding","Time-Off"]')
    })
  )

  it.effect("classify goes on with no tags, and a note, where they cannot be had", () =>
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

  it.effect("classify makes what the tag rules of flag read", () =>
    Effect.gen(function* () {
      const prompted = ["one", "one two three", "one two"].map((prompt) => ({ id: prompt, prompt }))
      const words = scripted(({ task }) => JSON.stringify({ tags: task.prompt.split(" ") }))
      const pipeline = pipelineOf(prompted, tagFields).pipe(
        tagging(),
        flag({ rule: "tagCmp", tags: "tags", nSelected: 1 })
      )
      const { rows: made } = yield* collect(pipeline, { provider: words })
      assert.deepStrictEqual(
        made.map(({ flagged }) => flagged),
        [true, false, true]
      )
    })
  )

  it("classify refuses an empty set, a blank tag and one twice", () => {
    for (const classes of [[], ["a", " "], ["a", "b", "a"]]) {
      assert.throws(() => tagging({ classes }), `found classes ${JSON.stringify(classes)}, expected one or more`)
    }
  })

  it.effect("classify tags a turn by its slot, and leaves a row without one untagged and unasked", () =>
    Effect.gen(function* () {
      const asked: Array<Request> = []
      const watching = scripted((request) => {
        asked.push(request)
        return '{"tags": ["thanks"]}'
      })
      const stage = classify({ annotator: "a", as: "topics", many: true, slots: options.slots, of: "followUp" })
      const { rejects, rows: made } = yield* collect(pipelineOf(rows.slice(1, 3), fields).pipe(stage), {
        provider: watching
      })
      assert.deepStrictEqual(
        made.map(({ topics }) => topics),
        [["thanks"], []]
      )
      assert.deepStrictEqual([asked.length, rejects.length], [1, 0])
      assert.include(asked[0]!.messages[0]!.content, "<message>\nThanks!\n</message>")
    })
  )
})
