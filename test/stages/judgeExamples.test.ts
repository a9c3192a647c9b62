import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Candidates } from "../../schemas/Candidate.ts"
import { type Judgment, Judgments } from "../../schemas/Judgment.ts"
import { finalAnswer } from "../../src/corruptions/finalAnswer.ts"
import { bestWorst } from "../../src/pairings/bestWorst.ts"
import * as Check from "../../src/stages/Check.ts"
import { examples } from "../../src/stages/examples.ts"
import { judgeExamples } from "../../src/stages/judgeExamples.ts"
import { pair } from "../../src/stages/pair.ts"
import { verify } from "../../src/stages/verify.ts"
import { stageContract } from "../contracts/stage.ts"
import { candidateOf, verdictOf } from "./candidates.ts"
import { collect, pipelineOf } from "./collect.ts"

const fields = { id: Schema.String, prompt: Schema.String, chosen: Schema.String, rejected: Schema.String }
const judged = { ...fields, ...Candidates, ...Judgments }
const pairOf = (id: string) => ({ id, prompt: `${id}?`, chosen: `good ${id}`, rejected: `bad ${id}` })
const judgedOf = (id: string, judgments: ReadonlyArray<Judgment>) => ({
  ...pairOf(id),
  candidates: [candidateOf({ id: "g", text: `good ${id}` }), candidateOf({ id: "b", text: `bad ${id}` })],
  judgments
})
const said = (first: "g" | "b", verdict: "first" | "second" | "tie" | "invalid", critique: string | null = null) => ({
  ...verdictOf("t", first, first === "g" ? "b" : "g", verdict),
  critique
})

stageContract("judgeExamples", {
  fields,
  rows: ["a", "b", "c", "d"].map(pairOf),
  stage: judgeExamples({ orders: "one" })
})
stageContract("judgeExamples of judgments", {
  fields: judged,
  rows: [
    judgedOf("a", [said("g", "first"), said("b", "first")]),
    judgedOf("b", [said("b", "second", "So.")]),
    judgedOf("c", []),
    judgedOf("d", [said("g", "invalid")])
  ],
  stage: judgeExamples({ from: "judgments" })
})

describe("judgeExamples", () => {
  it.effect("judgeExamples shows both answers in both orders with the rubric, and answers as the pair does", () =>
    Effect.gen(function* () {
      const { rows } = yield* collect(
        pipelineOf([pairOf("a")], fields).pipe(judgeExamples({ rubric: "which answer is the shorter one" }))
      )
      assert.deepStrictEqual(
        rows.map(({ completion, pairId, reference }) => [pairId, reference, completion]),
        [
          ["a", "first", "Answer: first"],
          ["a", "second", "Answer: second"]
        ]
      )
      for (const { prompt, reference } of rows) {
        assert.include(prompt, "which answer is the shorter one")
        assert.include(prompt, "<question>\na?\n</question>")
        const [first, second] = reference === "first" ? ["good a", "bad a"] : ["bad a", "good a"]
        assert.include(prompt, `<first>\n${first}\n</first>\n<second>\n${second}\n</second>`)
      }
      assert.strictEqual(new Set(rows.map(({ id }) => id)).size, 2)
    })
  )

  it.effect("judgeExamples in one order follows chosenFirst, or draws where there is none", () =>
    Effect.gen(function* () {
      const all = Array.from({ length: 200 }, (_, i) => pairOf(`row ${i}`))
      const { rows: drawn } = yield* collect(pipelineOf(all, fields).pipe(judgeExamples({ orders: "one" })), {
        seed: 2
      })
      assert.strictEqual(drawn.length, 200)
      const share = drawn.filter(({ reference }) => reference === "first").length / 200
      assert.closeTo(share, 0.5, 4 * Math.sqrt(0.25 / 200))
      const known = all.map((row, i) => ({ ...row, chosenFirst: i % 3 === 0 }))
      const { rows: kept } = yield* collect(
        pipelineOf(known, { ...fields, chosenFirst: Schema.Boolean }).pipe(judgeExamples({ orders: "one" }))
      )
      assert.deepStrictEqual(
        kept.map(({ reference }) => reference),
        known.map(({ chosenFirst }) => (chosenFirst ? "first" : "second"))
      )
    })
  )

  it.effect("judgeExamples makes the rubric of columns and takes columns along", () =>
    Effect.gen(function* () {
      const { rows } = yield* collect(
        pipelineOf([{ ...pairOf("a"), axis: "kinder" }], { ...fields, axis: Schema.String }).pipe(
          judgeExamples({
            slots: { axis: Schema.String },
            rubric: ({ axis }) => `which is ${axis}`,
            orders: "one",
            carry: { axis: Schema.String }
          })
        )
      )
      assert.include(rows[0]!.prompt, "decide which is kinder.")
      assert.strictEqual(rows[0]!.axis, "kinder")
      assert.throws(() => judgeExamples({ carry: { reference: Schema.String } }), /found "reference" to carry/)
    })
  )

  it.effect("judgeExamples takes the verdicts that were given in each order, with their reasons, right or wrong", () =>
    Effect.gen(function* () {
      const row = judgedOf("a", [
        said("g", "first", "It is good."),
        said("g", "second"),
        said("g", "invalid"),
        said("b", "tie", "Hm."),
        { ...verdictOf("t", "g", "other", "first"), critique: "of another pair" }
      ])
      const all = pipelineOf([row, judgedOf("b", [said("b", "second")])], judged)
      const { rejects, rows } = yield* collect(all.pipe(judgeExamples({ from: "judgments" })))
      assert.deepStrictEqual(
        rows.map(({ candidates, pairId, reference }) => [pairId, reference, candidates.map(({ text }) => text)]),
        [
          ["a", "first", ["It is good.\nAnswer: first", "Answer: second"]],
          ["a", "second", ["Hm.\nAnswer: tie"]],
          ["b", "second", ["Answer: second"]]
        ]
      )
      assert.deepStrictEqual(
        rejects.map(({ detail, id, reason }) => `${id}: ${reason}, ${detail}`),
        ["b: no verdict, nobody said which is better with the chosen one first"]
      )
    })
  )

  it.effect("judgeExamples leads to prompt and completion, and to right verdicts against wrong ones", () =>
    Effect.gen(function* () {
      const row = judgedOf("a", [said("g", "first", "Right."), said("g", "second", "Wrong.")])
      const questions = pipelineOf([row], judged).pipe(judgeExamples({ from: "judgments" }))
      const { rows: pairs } = yield* collect(
        questions.pipe(verify({ checks: [Check.answer({ read: finalAnswer })] }), pair({ rules: [bestWorst()] }))
      )
      assert.deepStrictEqual(
        pairs.map(({ chosen, rejected }) => [chosen, rejected]),
        [["Right.\nAnswer: first", "Wrong.\nAnswer: second"]]
      )
      const { rows: completions } = yield* collect(questions.pipe(examples.candidates({ keep: "all" })))
      assert.deepStrictEqual(completions.map(({ completion }) => completion).toSorted(), [
        "Right.\nAnswer: first",
        "Wrong.\nAnswer: second"
      ])
    })
  )
})

/** Checked by the compiler alone. */
export const ordersThatDoNotFit = () => [
  // @ts-expect-error nobody has judged these
  pipelineOf([pairOf("a")], fields).pipe(judgeExamples({ from: "judgments" })),
  // @ts-expect-error questions that the pair answers have no candidates
  pipelineOf([pairOf("a")], fields).pipe(judgeExamples(), examples.candidates())
]
