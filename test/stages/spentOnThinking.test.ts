import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { scripted } from "../../src/providers/scripted.ts"
import type { Completion } from "../../src/services/Provider.ts"
import { ask } from "../../src/stages/ask.ts"
import { compareGaps } from "../../src/stages/compareGaps.ts"
import { generate } from "../../src/stages/generate.ts"
import { inject } from "../../src/stages/inject.ts"
import { judge } from "../../src/stages/judge.ts"
import { rewrite } from "../../src/stages/rewrite.ts"
import * as Rewriting from "../../src/stages/Rewriting.ts"
import { rolePlay } from "../../src/stages/rolePlay.ts"
import { spentOnThinking } from "../../src/stages/spentOnThinking.ts"
import { collect, pipelineOf } from "./collect.ts"
import { groupFields, promptFields, someGroups, somePrompts } from "./groups.ts"
import { comparisonFields, comparisonOf } from "./pairsOfPairs.ts"

const ended = (text: string, finishReason: Completion["finishReason"]): Completion => ({
  text,
  finishReason,
  model: "thinker",
  usage: null,
  planted: null
})

const groups = () => pipelineOf(someGroups(1), groupFields)
const prompts = () => pipelineOf(somePrompts(1), promptFields)

const asking = {
  generate: () => prompts().pipe(generate({ n: 2 })),
  ask: () => prompts().pipe(ask({ as: "said", slots: { prompt: Schema.String }, request: ({ prompt }) => prompt })),
  "judge.prompts": () =>
    prompts().pipe(judge.prompts({ annotators: ["a"], axes: [{ axis: "hard", rubric: "hardness" }] })),
  inject: () => groups().pipe(inject()),
  rewrite: () => groups().pipe(rewrite({ by: Rewriting.byFeedback(() => "Be kinder.") })),
  rolePlay: () => groups().pipe(rolePlay({ turns: 1, user: { system: "Ask." }, assistant: {} })),
  "judge.rate": () => groups().pipe(judge.rate({ annotators: ["a"] })),
  "judge.compare": () => groups().pipe(judge.compare({ annotators: ["a"] })),
  "judge.classify": () => groups().pipe(judge.classify({ annotator: "a", as: "topic", classes: ["x", "y"] })),
  compareGaps: () => pipelineOf([comparisonOf("a", "b")], comparisonFields).pipe(compareGaps({ annotators: ["a"] }))
}

describe("spentOnThinking", () => {
  it("spentOnThinking speaks of answers cut off before their first word alone", () => {
    for (const text of ["", " \n"]) assert.isNotNull(spentOnThinking(ended(text, "length")))
    assert.isNull(spentOnThinking(ended("half", "length")))
    assert.isNull(spentOnThinking(ended("", "stop")))
  })

  for (const [name, pipeline] of Object.entries(asking)) {
    it.effect(`spentOnThinking is said in the rejects of ${name}, and only where no word came`, () =>
      Effect.gen(function* () {
        const detailsOf = (text: string) =>
          Effect.map(
            collect(pipeline() as ReturnType<typeof asking.generate>, {
              provider: scripted(() => ended(text, "length"))
            }),
            ({ rejects }) => rejects.map(({ detail }) => detail)
          )
        const silent = yield* detailsOf("")
        assert.isNotEmpty(silent)
        for (const detail of silent) assert.match(detail, /reasoning_effort: "none".* or raise maxTokens/)
        for (const detail of yield* detailsOf("half a")) assert.notMatch(detail, /reasoning_effort/)
      })
    )
  }
})
