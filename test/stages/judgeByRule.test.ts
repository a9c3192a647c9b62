import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { judge } from "../../src/stages/judge.ts"
import { judgeByRule } from "../../src/stages/judgeByRule.ts"
import { stageContract } from "../contracts/stage.ts"
import { candidateOf, ratingOf, verdictOf } from "./candidates.ts"
import { collect, pipelineOf } from "./collect.ts"
import { groupFields, someGroups } from "./groups.ts"

const longer = (_row: object, first: { readonly text: string }, second: { readonly text: string }) =>
  first.text.length === second.text.length ? "tie" : first.text.length > second.text.length ? "first" : "second"

stageContract("judge.rule", {
  fields: groupFields,
  rows: someGroups(5),
  stage: judge.rule({ annotators: ["long", { name: "rare", share: 0.5 }], axis: "length", between: longer })
})

const rowOf = (texts: ReadonlyArray<string>) => ({
  id: "r",
  domain: null,
  prompt: "p",
  reference: null,
  candidates: texts.map((text, i) => candidateOf({ id: String(i), text })),
  judgments: [verdictOf("someone", "0", "1", "tie")]
})

describe("judgeByRule", () => {
  it.effect("judgeByRule rates by a score, marked as a rule's, behind what was said before", () =>
    Effect.gen(function* () {
      const row = rowOf(["aaa", " ", "a"])
      const stage = judgeByRule({
        annotators: ["long", "short"],
        of: (_row, { text }, annotator) => (annotator === "long" ? text.length : text.length > 2 ? null : -text.length)
      })
      const { rejects, rows } = yield* collect(pipelineOf([row], groupFields).pipe(stage))
      assert.deepStrictEqual(rows[0]!.judgments, [
        ...row.judgments,
        { ...ratingOf("long", "0", 3), annotatorKind: "rule" },
        { ...ratingOf("long", "2", 1), annotatorKind: "rule" },
        { ...ratingOf("short", "2", -1), annotatorKind: "rule" }
      ])
      assert.deepStrictEqual(rejects, [])
    })
  )

  it.effect("judgeByRule compares different texts, each pair once, and says nothing twice", () =>
    Effect.gen(function* () {
      const stage = judgeByRule({ annotators: ["long"], axis: "length", between: longer })
      const pipeline = pipelineOf([rowOf(["aaa", "a", "aaa", "b", ""])], groupFields).pipe(stage, stage)
      const { rows } = yield* collect(pipeline)
      assert.deepStrictEqual(
        rows[0]!.judgments.slice(1).map(({ axis, firstId, secondId, verdict }) => [axis, firstId, secondId, verdict]),
        [
          ["length", "0", "1", "first"],
          ["length", "0", "3", "first"],
          ["length", "1", "3", "tie"]
        ]
      )
    })
  )

  it.effect("judgeByRule reads the columns it names, and does not compile without them", () =>
    Effect.gen(function* () {
      const stage = judge.rule({
        annotators: ["key"],
        slots: { answer: Schema.String },
        of: ({ answer }, { text }) => Number(text.includes(answer))
      })
      const fields = { ...groupFields, answer: Schema.String }
      const { rows } = yield* collect(pipelineOf([{ ...rowOf(["it is 4", "5"]), answer: "4" }], fields).pipe(stage))
      assert.deepStrictEqual(
        rows[0]!.judgments.slice(1).map(({ score }) => score),
        [1, 0]
      )
      const without = pipelineOf([rowOf(["x"])], groupFields)
      // @ts-expect-error the answer is missing
      assert.throws(() => without.pipe(stage), /column "answer" is missing/)
    })
  )

  it.effect("judgeByRule gives an annotator with a share that share of the prompts", () =>
    Effect.gen(function* () {
      const n = 1000
      const rows = Array.from({ length: n }, (_, i) => ({ ...rowOf(["a"]), id: `row ${i}`, judgments: [] }))
      const stage = judgeByRule({ annotators: [{ name: "some", share: 0.2 }], of: () => 1 })
      const { rows: made } = yield* collect(pipelineOf(rows, groupFields).pipe(stage))
      const nJudged = made.filter(({ judgments }) => judgments.length === 1).length
      assert.closeTo(nJudged / n, 0.2, 4 * Math.sqrt(0.16 / n))
    })
  )

  it.effect("judgeByRule stops at a score that is no number", () =>
    Effect.gen(function* () {
      const stage = judgeByRule({ annotators: ["a"], of: () => Number.NaN })
      const exit = yield* Effect.exit(collect(pipelineOf([rowOf(["x"])], groupFields).pipe(stage)))
      assert.match(String(exit), /candidate \\?"0\\?" by the rule of \\?"a\\?": found NaN/)
      assert.throws(() => judgeByRule({ annotators: ["a", { name: "a" }], of: () => 1 }), /"a" twice/)
    })
  )
})
