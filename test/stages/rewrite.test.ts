import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { keepsAnswer } from "../../src/corruptions/keepsAnswer.ts"
import { keepsEnding } from "../../src/corruptions/keepsEnding.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { simulated } from "../../src/providers/simulated.ts"
import { splitAtCues } from "../../src/segments/splitAtCues.ts"
import type { Completion, Request } from "../../src/services/Provider.ts"
import { keepsSchema } from "../../src/stages/keepsSchema.ts"
import { refine } from "../../src/stages/refine.ts"
import { rewrite, type RewriteOptions } from "../../src/stages/rewrite.ts"
import * as Rewriting from "../../src/stages/Rewriting.ts"
import { segment } from "../../src/stages/segment.ts"
import { stageContract } from "../contracts/stage.ts"
import { candidateOf, ratingOf } from "./candidates.ts"
import { collect, pipelineOf } from "./collect.ts"
import { groupFields, someGroups } from "./groups.ts"

const shorter = Rewriting.ask({
  operation: "shorten",
  direction: "neutral",
  request: ({ candidate }) => candidate.text
})
const noMore = Rewriting.remove({ ranges: ({ candidate }) => [{ start: 0, end: candidate.text.indexOf(" ") }] })

stageContract("rewrite", {
  fields: groupFields,
  rows: someGroups(12),
  stage: rewrite({ by: shorter, n: 2, temperature: 1 }),
  provider: simulated()
})

const critiqued = (row: ReturnType<typeof someGroups>[number]) => ({
  ...row,
  judgments: row.judgments.map((one) => (one.secondId === null ? { ...one, critique: "Say less." } : one))
})

stageContract("refine", {
  fields: groupFields,
  rows: [...someGroups(4).map(critiqued), ...someGroups(6).slice(4)],
  stage: refine(),
  provider: simulated()
})

const original = "First this. Wait, that is wrong. So the answer is 4."
const rowOf = (text = original) => ({
  id: "r",
  domain: null,
  prompt: "what is it",
  reference: null,
  candidates: [candidateOf({ id: "a", text }), candidateOf({ id: "b", text: "other", parentId: "a" })],
  judgments: [{ ...ratingOf("j", "a", 3), critique: "Leave out the doubt." }, ratingOf("k", "a", 2)]
})

const run = Effect.fnUntraced(function* (
  options: RewriteOptions,
  answer: (request: Request) => string | Completion = () => assert.fail("no call expected"),
  row = rowOf()
) {
  const asked: Array<Request> = []
  const provider = scripted((request) => {
    asked.push(request)
    return answer(request)
  })
  const pipeline = pipelineOf([row], groupFields).pipe(segment({ by: splitAtCues() }), rewrite(options))
  const { rejects, rows } = yield* collect(pipeline, { provider })
  return { asked, made: rows[0]!.candidates.slice(2), reasons: rejects.map(({ reason }) => reason), rejects }
})

const featuresOf = (candidate: {
  readonly features: ReadonlyArray<{ readonly name: string; readonly value: number }>
}) => Object.fromEntries(candidate.features.map(({ name, value }) => [name, value]))

/** The thought that opens with "Wait". */
const doubt = ({ candidate, spans }: Rewriting.Subject) =>
  spans.filter(({ end, start }) => candidate.text.slice(start, end).startsWith("Wait"))

describe("rewrite", () => {
  it.effect("rewrite takes spans out without a call, and says what was made of what", () =>
    Effect.gen(function* () {
      const text = "First this. Wait, no. However so."
      const { made, reasons } = yield* run({ by: Rewriting.remove({ ranges: doubt }) }, undefined, rowOf(text))
      const { id, ...child } = made[0]!
      assert.match(id, /^[0-9a-f]{24}$/)
      assert.deepStrictEqual(
        { ...child, id },
        candidateOf({
          id,
          text: "First this. However so.",
          parentId: "a",
          operation: "delete",
          sharedPrefix: 12,
          features: [
            { name: "direction", value: 0 },
            { name: "editStart", value: 12 },
            { name: "editEnd", value: 12 }
          ]
        })
      )
      assert.deepStrictEqual([made.length, reasons.length], [1, 0])
    })
  )

  it.effect("rewrite puts a text or an answer in at a place, in the place of a span, or cuts off", () =>
    Effect.gen(function* () {
      const at = ({ spans }: Rewriting.Subject) => spans[1]!.start
      const put = yield* run({ by: Rewriting.insert({ at, text: () => "Hm! ", direction: "worse" }) })
      assert.strictEqual(put.made[0]!.text, original.replace("Wait", "Hm! Wait"))
      assert.deepStrictEqual(featuresOf(put.made[0]!), { direction: -1, editStart: 12, editEnd: 16 })
      assert.strictEqual(put.made[0]!.operation, "insert")
      const error = { errorType: "wrongTurn", request: () => "write a wrong turn" }
      const asked = yield* run({ by: Rewriting.insert({ at, ...error }) }, () => "It is 5. ")
      assert.strictEqual(asked.made[0]!.text, original.replace("Wait", "It is 5. Wait"))
      assert.deepInclude(asked.made[0]!.injection, { errorType: "wrongTurn", injector: "scripted" })
      assert.strictEqual(asked.asked[0]!.messages[0]!.content, "write a wrong turn")
      const around = ["", "\n\n"] as const
      const apart = yield* run({ by: Rewriting.insert({ at, ...error, around }) }, () => "It is 5.")
      assert.strictEqual(apart.made[0]!.text, original.replace("Wait", "It is 5.\n\nWait"))
      assert.deepStrictEqual(featuresOf(apart.made[0]!), { direction: 0, editStart: 12, editEnd: 22 })
      const range = (subject: Rewriting.Subject) => doubt(subject)[0]
      const other = yield* run({ by: Rewriting.replace({ range, text: () => "Yes." }) })
      assert.strictEqual(other.made[0]!.text, "First this. Yes.")
      const cut = yield* run({ by: Rewriting.truncate({ at, operation: "stop" }) })
      assert.deepStrictEqual([cut.made[0]!.text, cut.made[0]!.operation], ["First this. ", "stop"])
    })
  )

  it.effect("rewrite makes a candidate for each range where they are taken out apart", () =>
    Effect.gen(function* () {
      const ranges = ({ spans }: Rewriting.Subject) => spans
      const { made, reasons } = yield* run({ by: Rewriting.remove({ ranges, apart: true }) })
      assert.deepStrictEqual(
        made.map(({ text }) => text),
        ["Wait, that is wrong. So the answer is 4.", "First this. "]
      )
      const all = yield* run({ by: Rewriting.remove({ ranges }) })
      assert.deepStrictEqual([all.made.length, all.reasons, reasons], [0, ["delete: empty"], []])
    })
  )

  it.effect("rewrite tells the model what was wrong and asks again, as often as it may", () =>
    Effect.gen(function* () {
      const keeps = [keepsAnswer(), keepsEnding(5)]
      const answers = ["the answer is 5", "The answer is 4\nthat's it", "I say the answer is 4."]
      const answer = ({ messages }: Request) => answers[answers.indexOf(messages[1]?.content ?? "") + 1]!
      const third = yield* run({ by: shorter, keeps, tries: 3 }, answer)
      assert.strictEqual(third.made[0]!.text, "I say the answer is 4.")
      assert.strictEqual(third.asked.length, 3)
      const [, second, last] = third.asked
      assert.match(second!.messages[2]!.content, /final answer is "5", it has to stay "4"/)
      assert.match(last!.messages[2]!.content, /has to end with "is 4\."/)
      assert.strictEqual(last!.messages[1]!.content, answers[1])
      const twice = yield* run({ by: shorter, keeps }, answer)
      assert.deepStrictEqual([twice.made.length, twice.asked.length], [0, 2])
      assert.deepStrictEqual(twice.reasons, ["shorten: not kept"])
      assert.match(twice.rejects[0]!.detail, /has to end with/)
    })
  )

  it.effect("rewrite notes what is empty, unchanged, cut off, declined or out of place", () =>
    Effect.gen(function* () {
      const ended = (finishReason: Completion["finishReason"]): Completion => ({
        text: "New text here",
        finishReason,
        model: "m",
        usage: null,
        planted: null
      })
      const reasonOf = (answer: string | Completion, more: Partial<RewriteOptions> = {}) =>
        Effect.map(
          run({ by: shorter, tries: 1, ...more }, () => answer),
          ({ reasons }) => reasons
        )
      assert.deepStrictEqual(yield* reasonOf("  "), ["shorten: empty"])
      assert.deepStrictEqual(yield* reasonOf(` ${original}\n`), ["shorten: unchanged"])
      assert.deepStrictEqual(yield* reasonOf(ended("length")), ["shorten: cut off"])
      assert.deepStrictEqual(yield* reasonOf(ended("refusal")), ["shorten: refused"])
      const no = "I'm sorry, but I cannot help with that."
      assert.deepStrictEqual(yield* reasonOf(no), ["shorten: refused"])
      assert.deepStrictEqual(yield* reasonOf(no, { allowRefusals: true }), [])
      const outside = Rewriting.truncate({ at: () => -1 })
      assert.deepStrictEqual(yield* reasonOf("", { by: outside }), ["truncate: no such range"])
      const nothing = Rewriting.truncate({ at: () => null })
      assert.deepStrictEqual(yield* reasonOf("", { by: nothing }), ["rewrite: nothing to truncate"])
    })
  )

  it.effect("rewrite cuts off a lead-in and draws as many versions as it is told, of what it is told", () =>
    Effect.gen(function* () {
      const answer = ({ sampleIndex, seed }: Request) =>
        `Here is the revised answer: text ${sampleIndex} of seed ${seed}`
      const { made } = yield* run(
        { by: shorter, n: 2, temperature: 1, kind: "draft", where: ({ candidate }) => candidate.id === "b" },
        answer
      )
      assert.deepStrictEqual(
        made.map(({ kind, parentId, sampleIndex, text }) => [kind, parentId, sampleIndex, text]),
        [
          ["draft", "b", 0, "text 0 of seed 0"],
          ["draft", "b", 1, "text 1 of seed 1"]
        ]
      )
      assert.throws(() => rewrite({ by: shorter, n: 0 }), RangeError)
      assert.throws(() => rewrite({ by: shorter, tries: 1.5 }), RangeError)
    })
  )

  it.effect("rewrite names what two stages make of one text apart", () =>
    Effect.gen(function* () {
      const twice = pipelineOf([rowOf()], groupFields).pipe(rewrite({ by: noMore }), rewrite({ by: noMore }))
      const { rows } = yield* collect(twice)
      const [first, second] = rows[0]!.candidates.slice(2)
      assert.strictEqual(first!.text, second!.text)
      assert.notStrictEqual(first!.id, second!.id)
    })
  )

  it("rewrite announces calls only where a model is asked", () => {
    const steps = (by: Rewriting.Rewriting) => pipelineOf([rowOf()], groupFields).pipe(rewrite({ by })).steps.at(-1)!
    assert.isDefined(steps(shorter).callsPerRow)
    assert.isUndefined(steps(noMore).callsPerRow)
    assert.notDeepEqual(steps(noMore).config, steps(Rewriting.remove({ ranges: () => [] })).config)
  })
})

describe("Rewriting", () => {
  it.effect("degrade asks for an error of the type and marks the candidate with it", () =>
    Effect.gen(function* () {
      const type = { id: "logic", definition: "It does not follow." }
      const { asked, made } = yield* run({ by: Rewriting.degrade(type) }, () => original.replace("4", "5"))
      assert.include(asked[0]!.messages[0]!.content, "It does not follow.")
      assert.include(asked[0]!.messages[0]!.content, original)
      assert.deepStrictEqual(asked[0]!.task, { kind: "inject", prompt: "what is it", original, errorType: "logic" })
      assert.deepStrictEqual([made[0]!.operation, made[0]!.injection!.lengthRatio], ["degrade", 1])
      assert.strictEqual(made[0]!.sharedPrefix, original.indexOf("4"))
      assert.deepStrictEqual(featuresOf(made[0]!), { direction: -1 })
    })
  )

  it.effect("byFeedback hands on what the user said, and leaves alone where that was nothing", () =>
    Effect.gen(function* () {
      const said = yield* run({ by: Rewriting.byFeedback(() => "Shorter please.") }, () => "4.")
      assert.match(said.asked[0]!.messages[0]!.content, /<reply>\nShorter please\.\n<\/reply>/)
      assert.deepStrictEqual([said.made[0]!.operation, featuresOf(said.made[0]!)["direction"]], ["refine", 1])
      const nothing = yield* run({ by: Rewriting.byFeedback(() => null) })
      assert.deepStrictEqual(nothing.reasons, ["rewrite: nothing to refine"])
    })
  )

  it("byCritique and byFeedback stand in the manifest with the functions they were given", () => {
    const configOf = (by: Rewriting.Rewriting) => JSON.stringify(by.config)
    assert.notStrictEqual(configOf(Rewriting.byFeedback(() => "one")), configOf(Rewriting.byFeedback(() => "two")))
    assert.notStrictEqual(configOf(Rewriting.byCritique()), configOf(Rewriting.byCritique(() => "own")))
  })
})

describe("refine", () => {
  it.effect("refine revises by the critiques in the judgments about the candidate alone", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const provider = scripted(({ messages }) => {
        asked.push(messages[0]!.content)
        return "So the answer is 4."
      })
      const { rows } = yield* collect(pipelineOf([rowOf()], groupFields).pipe(refine()), { provider })
      assert.strictEqual(asked.length, 1)
      assert.match(asked[0]!, /<critique>\nLeave out the doubt\.\n<\/critique>/)
      assert.deepInclude(rows[0]!.candidates[2], { text: "So the answer is 4.", operation: "refine", parentId: "a" })
    })
  )
})

describe("rewrite with the simulated model", () => {
  it.effect("rewrite makes texts better or worse as it is told, on planted quality", () =>
    Effect.gen(function* () {
      const gainOf = Effect.fnUntraced(function* (direction: Rewriting.Direction) {
        const by = Rewriting.ask({ operation: "change", direction, request: ({ candidate }) => candidate.text })
        const groups = pipelineOf(someGroups(40), groupFields)
        const { rows } = yield* collect(groups.pipe(rewrite({ by })), { provider: simulated() })
        const gains = rows.flatMap(({ candidates }) =>
          candidates
            .filter(({ operation }) => operation === "change")
            .map((child) => child.plantedQuality! - candidates.find(({ id }) => id === child.parentId)!.plantedQuality!)
        )
        assert.isAbove(gains.length, 60)
        return gains.reduce((sum, gain) => sum + gain, 0) / gains.length
      })
      assert.isAbove(yield* gainOf("better"), 0.1)
      assert.isBelow(yield* gainOf("worse"), -0.1)
    })
  )
})

describe("keepsSchema", () => {
  it("keepsSchema wants JSON of the schema and says what does not fit", () => {
    const check = keepsSchema("Grade", Schema.Struct({ grade: Schema.Int }))
    assert.isNull(check("", '{"grade": 3}'))
    assert.isString(check('{"grade": 3}', '{"grade": "x"}'))
    assert.isString(check('{"grade": 3}', "no JSON"))
    assert.strictEqual(check.name, "keepsSchema(Grade)")
  })
})
