import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Pair } from "../../schemas/Pair.ts"
import { placeholder } from "../../src/providers/SimulatedBank.ts"
import { scripted } from "../../src/providers/scripted.ts"
import { simulated } from "../../src/providers/simulated.ts"
import type { Completion, Request } from "../../src/services/Provider.ts"
import { compareGaps, type CompareGapsOptions } from "../../src/stages/compareGaps.ts"
import { pairOfPairs } from "../../src/stages/pairOfPairs.ts"
import { pairStrengths } from "../../src/stages/pairStrengths.ts"
import { stageContract } from "../contracts/stage.ts"
import { collect, pipelineOf } from "./collect.ts"
import { type Comparison, comparisonFields, comparisonOf, sideOf } from "./pairsOfPairs.ts"
import { somePairs } from "./pairs.ts"

const say = (verdict: string) => JSON.stringify({ verdict })

/** The names of the pairs of a request, in the order shown. */
const namesIn = ({ messages }: Request): ReadonlyArray<string> =>
  [
    ...messages
      .map(({ content }) => content)
      .join("\n")
      .matchAll(/question (\w+)/g)
  ].map((match) => match[1]!)

/** Finds the pair stronger whose name comes first in the alphabet; those that start alike are even. */
const byName = (request: Request): string => {
  const [first, second] = namesIn(request) as [string, string]
  return say(first[0] === second[0] ? "tie" : first < second ? "first" : "second")
}

const rows = [
  comparisonOf("a", "b", { flipped: true }),
  comparisonOf("d", "c"),
  comparisonOf("e1", "e2"),
  comparisonOf("f", "a", { labelSource: "none", tie: true })
]

stageContract("compareGaps", {
  fields: comparisonFields,
  rows,
  stage: compareGaps({ annotators: ["judge"] }),
  provider: scripted(byName)
})

const run = Effect.fnUntraced(function* (
  answer: (request: Request) => string | Completion,
  options: Partial<CompareGapsOptions> = {},
  given: ReadonlyArray<Comparison> = rows
) {
  const asked: Array<Request> = []
  const provider = scripted((request) => {
    asked.push(request)
    return answer(request)
  })
  const stage = compareGaps({ annotators: ["judge"], ...options })
  const result = yield* collect(pipelineOf(given, comparisonFields).pipe(stage), { provider })
  return {
    ...result,
    asked,
    named: result.rows.map(({ strong, tie, weak }) => `${strong.id}${tie ? "=" : ">"}${weak.id}`),
    reasons: result.rejects.map(({ reason }) => reason)
  }
})

describe("compareGaps", () => {
  it.effect("compareGaps shows both orders and puts the pair that wins both on the strong side", () =>
    Effect.gen(function* () {
      const { asked, named, reasons, rows: made } = yield* run(byName)
      assert.deepStrictEqual(named, ["a>b", "c>d", "a>f"])
      assert.deepStrictEqual(reasons, ["tie"])
      for (const { flipped, labelSource } of made)
        assert.deepStrictEqual([flipped, labelSource], ["judge", false].toReversed())
      assert.strictEqual(asked.length, 8)
      const orders = asked.map((request) => namesIn(request).join(" "))
      for (const { strong, weak } of rows) {
        assert.includeMembers(orders, [`${strong.id} ${weak.id}`, `${weak.id} ${strong.id}`])
      }
      const { content } = asked[0]!.messages.at(-1)!
      for (const part of ["question a", "good a", "bad a", "question b", "good b", "bad b"])
        assert.include(content, part)
    })
  )

  it.effect("compareGaps allows as many tokens as it is told, and says so in its config only then", () =>
    Effect.gen(function* () {
      const limitsOf = (options: Parameters<typeof run>[1]) =>
        Effect.map(run(byName, options), ({ asked }) => [...new Set(asked.map(({ maxTokens }) => maxTokens))])
      assert.deepStrictEqual(yield* limitsOf({}), [64])
      assert.deepStrictEqual(yield* limitsOf({ maxTokens: 2000 }), [2000])
      const config = (maxTokens?: number) =>
        compareGaps({ annotators: ["judge"], ...(maxTokens === undefined ? {} : { maxTokens }) }).config
      assert.notProperty(config(), "maxTokens")
      assert.deepInclude(config(2000), { maxTokens: 2000 })
    })
  )

  it.effect("compareGaps keeps ties when asked to", () =>
    Effect.gen(function* () {
      const { named, reasons } = yield* run(byName, { tie: "keep" })
      assert.deepStrictEqual([named, reasons], [["a>b", "c>d", "e1=e2", "a>f"], []])
    })
  )

  it.effect("compareGaps makes no label of verdicts that depend on the order, or of one winner and a tie", () =>
    Effect.gen(function* () {
      const always = yield* run(() => say("first"))
      assert.deepStrictEqual([always.named, [...new Set(always.reasons)]], [[], ["orders disagree"]])
      const half = yield* run((request) => say(namesIn(request)[0] === "a" ? "first" : "tie"), {}, rows.slice(0, 1))
      assert.deepStrictEqual(half.reasons, ["orders disagree"])
    })
  )

  it.effect("compareGaps rejects what cannot be read, after one follow-up, and what was refused", () =>
    Effect.gen(function* () {
      const unread = yield* run(() => "well", {}, rows.slice(0, 1))
      assert.deepStrictEqual([unread.reasons, unread.asked.length], [["malformed answer"], 4])
      const no: Completion = { text: "", finishReason: "refusal", model: "m", usage: null, planted: null }
      const refused = yield* run(
        (request) => (namesIn(request)[0] === "a" ? no : byName(request)),
        {},
        rows.slice(0, 1)
      )
      assert.deepStrictEqual(refused.reasons, ["refused"])
    })
  )

  it.effect("compareGaps judges a share of the comparisons, in the words of its annotator", () =>
    Effect.gen(function* () {
      const many = Array.from({ length: 60 }, (_, i) => comparisonOf(`a${i}`, `b${i}`))
      const annotator = { name: "fair", instruction: "You are fair.", model: "large", share: 0.5 }
      const { asked, reasons, rows: made } = yield* run(byName, { annotators: [annotator] }, many)
      assert.closeTo(made.length, 30, 4 * Math.sqrt(15))
      assert.strictEqual(asked.length, 2 * made.length)
      assert.isTrue(reasons.length === 60 - made.length && reasons.every((reason) => reason === "not judged"))
      assert.deepStrictEqual([asked[0]!.model, asked[0]!.messages[0]!.content], ["large", "You are fair."])
    })
  )

  it.effect("compareGaps makes a comparison of each row for each annotator, which strengths then weigh", () =>
    Effect.gen(function* () {
      const annotators = ["judge", { name: "contrary", instruction: "Say the opposite." }] as const
      const answer = (request: Request) => {
        if (request.messages[0]!.role === "user") return byName(request)
        const [first, second] = namesIn(request) as [string, string]
        return say(first > second ? "first" : "second")
      }
      const { asked, named, rows: made } = yield* run(answer, { annotators }, rows.slice(0, 2))
      assert.deepStrictEqual(named, ["a>b", "b>a", "c>d", "d>c"])
      assert.deepStrictEqual(
        made.map(({ labelSource }) => labelSource),
        ["judge", "contrary", "judge", "contrary"]
      )
      assert.strictEqual(new Set(made.map(({ id }) => id)).size, 4)
      assert.strictEqual(asked.length, 8)
      const pipeline = pipelineOf(rows.slice(0, 1), comparisonFields).pipe(compareGaps({ annotators }), pairStrengths())
      const { rows: strengths } = yield* collect(pipeline, { provider: scripted(answer) })
      for (const { nCompared, strength } of strengths) {
        assert.strictEqual(nCompared, 2)
        assert.closeTo(strength, 0, 1e-6)
      }
    })
  )

  it.effect("compareGaps decides by its rubric and shows the evidence of a slot", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const provider = scripted((request) => {
        asked.push(request.messages.at(-1)!.content)
        return byName(request)
      })
      const slots = { facts: Schema.String }
      const given = pipelineOf([{ ...comparisonOf("a", "b"), facts: "water is wet" }], {
        ...comparisonFields,
        ...slots
      })
      const stage = compareGaps({ annotators: ["judge"], rubric: "which is kinder", slots, evidence: "facts" })
      yield* collect(given.pipe(stage), { provider })
      assert.lengthOf(asked, 2)
      for (const text of asked) {
        assert.include(text, "Decide which is kinder.")
        assert.include(text, "<evidence>\nwater is wet\n</evidence>")
      }
      assert.throws(
        () => compareGaps({ annotators: ["judge"], evidence: "facts" as never }),
        /the evidence "facts" and the slots none/
      )
    })
  )

  it.effect("compareGaps labels what pairOfPairs drew without a label, and strengths follow", () =>
    Effect.gen(function* () {
      const [one] = somePairs(1)
      const pairs = "h g f e d c b a".split(" ").map((name) => ({ ...one!, id: name, prompt: `question ${name}` }))
      const pipeline = pipelineOf(pairs, Pair).pipe(
        pairOfPairs({ column: null, k: 12 }),
        compareGaps({ annotators: ["judge"] }),
        pairStrengths()
      )
      const { rejects, rows: made } = yield* collect(pipeline, { provider: scripted(byName) })
      assert.deepStrictEqual(rejects, [])
      const strongestFirst = made.toSorted((a, b) => b.strength - a.strength).map(({ id }) => id)
      assert.strictEqual(strongestFirst.join(""), "abcdefgh")
      // All 28 comparisons of eight, since none is asked about twice.
      assert.isTrue(made.every(({ nCompared }) => nCompared === 7))
    })
  )

  it.effect(
    "compareGaps follows the planted strength as often as the simulated annotator is right, in both orders",
    () =>
      Effect.gen(function* () {
        // Side b is the stronger preference in every comparison, whichever side the label names.
        const wide = { chosen: placeholder(0.9, "w"), rejected: placeholder(0.2, "w") }
        const narrow = { chosen: placeholder(0.7, "n"), rejected: placeholder(0.5, "n") }
        const given = Array.from({ length: 400 }, (_, i) =>
          comparisonOf(`a${i}`, `b${i}`, {
            strong: { ...sideOf(`a${i}`), ...narrow },
            weak: { ...sideOf(`b${i}`), ...wide }
          })
        )
        const annotators = { sure: { reliability: 1 }, fair: { reliability: 0.8 } }
        const judged = (annotator: string) =>
          collect(pipelineOf(given, comparisonFields).pipe(compareGaps({ annotators: [annotator] })), {
            provider: simulated({ annotators })
          })
        const sure = yield* judged("sure")
        assert.lengthOf(sure.rows, 400)
        assert.isTrue(sure.rows.every(({ strong }) => strong.id.startsWith("b")))
        // Both orders right 0.64, both wrong 0.04: so of those that agree 0.94 are right. Four standard errors of 400 draws.
        const fair = yield* judged("fair")
        assert.closeTo(fair.rows.length / 400, 0.68, 0.1)
        const share = fair.rows.filter(({ strong }) => strong.id.startsWith("b")).length / fair.rows.length
        assert.closeTo(share, 0.64 / 0.68, 0.06)
      })
  )
})
