import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { scripted } from "../../src/providers/scripted.ts"
import type { Request } from "../../src/services/Provider.ts"
import { generate } from "../../src/stages/generate.ts"
import { collect, pipelineOf } from "./collect.ts"

const fields = { id: Schema.String, prompt: Schema.String, facts: Schema.String }
const row = { id: "r", prompt: "Which lamp?", facts: "red is cheap" }

const run = Effect.fnUntraced(function* (options: Parameters<typeof generate<{ facts: typeof Schema.String }>>[0]) {
  const asked: Array<Request> = []
  const provider = scripted((request) => {
    asked.push(request)
    return `${request.model} ${request.seed} ${request.messages.at(-1)!.content}`
  })
  const { rows } = yield* collect(pipelineOf([row], fields).pipe(generate(options)), { provider, seed: 7 })
  return { asked, candidates: rows[0]!.candidates }
})

describe("speaking", () => {
  it.effect("speaking goes round speakers, each in its own way and of its own tier", () =>
    Effect.gen(function* () {
      const speakers = [
        { name: "large", model: "big", system: "You know.", tier: 1 },
        { name: "hot", temperature: 1.8, topP: 0.5, maxTokens: 9, tier: 2 },
        { name: "blind", template: () => "Which?" }
      ]
      const { asked, candidates } = yield* run({ n: 4, speakers, temperature: 0.5, kind: "thought" })
      assert.deepStrictEqual(
        candidates.map(({ kind, persona, sampleIndex, text, tier }) => [persona, tier, sampleIndex, text, kind]),
        [
          ["large", 1, 0, "big 7 Which lamp?", "thought"],
          ["hot", 2, 0, "null 7 Which lamp?", "thought"],
          ["blind", null, 0, "null 7 Which?", "thought"],
          ["large", 1, 1, "big 8 Which lamp?", "thought"]
        ]
      )
      const byModel = asked.map(({ maxTokens, messages, temperature, topP }) => [
        messages[0]!.content,
        temperature,
        topP,
        maxTokens
      ])
      assert.sameDeepMembers(byModel, [
        ["You know.", 0.5, undefined, 1024],
        ["You know.", 0.5, undefined, 1024],
        ["Which lamp?", 1.8, 0.5, 9],
        ["Which?", 0.5, undefined, 1024]
      ])
    })
  )

  it.effect("speaking draws one sample with each seed of a list", () =>
    Effect.gen(function* () {
      const seeds = [13, 21, 42, 79, 100]
      const { asked, candidates } = yield* run({ n: 5, seeds })
      assert.deepStrictEqual(
        candidates.map(({ text }) => text),
        seeds.map((seed) => `null ${seed} Which lamp?`)
      )
      assert.sameDeepMembers(
        asked.map(({ sampleIndex, seed }) => [sampleIndex, seed]),
        seeds.map((seed, i) => [i, seed])
      )
      const two = yield* run({ n: 3, seeds: [1, 2], models: ["a", "b"] })
      assert.deepStrictEqual(
        two.candidates.map(({ text }) => text.slice(0, 3)),
        ["a 1", "b 1", "a 2"]
      )
      assert.throws(() => generate({ n: 3, seeds: [1, 2] }), /found 2 seeds, expected 3/)
    })
  )

  it.effect("speaking lets a template read the columns that are named as slots", () =>
    Effect.gen(function* () {
      const template = (slots: { readonly prompt: string; readonly facts: string }) =>
        `${slots.prompt} (${slots.facts})`
      const { candidates } = yield* run({ n: 1, slots: { facts: Schema.String }, template })
      assert.strictEqual(candidates[0]!.text, "null 7 Which lamp? (red is cheap)")
      const bare = { id: Schema.String, prompt: Schema.String }
      const stage = generate({ n: 1, slots: { facts: Schema.String }, template })
      // @ts-expect-error: the column "facts" is missing
      assert.throws(() => pipelineOf([row], bare).pipe(stage), /column "facts" is missing/)
      assert.deepInclude(stage.config, { slots: ["facts"], template: String(template) })
    })
  )

  it("speaking refuses speakers beside models, and none at all", () => {
    assert.throws(() => generate({ n: 1, speakers: [{ name: "a" }], models: ["b"] }), /speakers beside models/)
    assert.throws(() => generate({ n: 1, speakers: [] }), /found no speaker/)
  })
})
