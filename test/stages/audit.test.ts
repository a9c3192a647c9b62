import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { audit } from "../../src/stages/audit.ts"
import { stageContract } from "../contracts/stage.ts"
import { candidateOf, verdictOf } from "./candidates.ts"
import { collect, pipelineOf } from "./collect.ts"
import { groupFields, someGroups } from "./groups.ts"

const pairFields = {
  prompt: Schema.String,
  chosen: Schema.String,
  rejected: Schema.String,
  worker: Schema.String,
  chosenFirst: Schema.Boolean
}

stageContract("audit of pairs", {
  fields: { ...pairFields, id: Schema.String },
  rows: ["ada", "bram", "chen", "ada"].map((worker, i) => ({
    id: `${i}`,
    prompt: `p${Math.floor(i / 3)}`,
    chosen: "good",
    rejected: "bad",
    worker,
    chosenFirst: i % 2 === 0
  })),
  stage: audit({ annotator: "worker" })
})

stageContract("audit", { fields: groupFields, rows: someGroups(6), stage: audit() })

const skills = { ada: 0.95, bram: 0.8, chen: 0.7 }

/** Prompts with two candidates, compared by annotators of known skill; `chen` names the first of a tie now and then. */
const planted = (n: number, names: ReadonlyArray<keyof typeof skills> = ["ada", "bram", "chen"]) => {
  const random = keyedRandom("audit")
  return Array.from({ length: n }, (_, i) => ({
    id: `row ${i}`,
    domain: null,
    prompt: "p",
    reference: null,
    candidates: ["good", "bad"].map((id) => candidateOf({ id, text: i === 0 ? "same" : id })),
    judgments: names.map((name) => {
      const isRight = random() < skills[name]
      const isTurned = random() < 0.5
      const [first, second] = isTurned ? (["bad", "good"] as const) : (["good", "bad"] as const)
      return verdictOf(name, first, second, isRight === isTurned ? "second" : "first", isRight)
    })
  }))
}

const findingOf = (rows: ReturnType<typeof planted>) =>
  Effect.map(collect(pipelineOf(rows, groupFields).pipe(audit())), ({ findings, rows: made }) => {
    assert.deepStrictEqual(made, rows)
    const finding = findings.get("audit")!
    assert.strictEqual(finding.kind, "noise")
    return finding as Extract<typeof finding, { readonly kind: "noise" }>
  })

describe("audit", () => {
  it.effect("audit finds the planted reliabilities and noise from votes alone, and passes rows untouched", () =>
    Effect.gen(function* () {
      const finding = yield* findingOf(planted(3000))
      for (const { id, nLabels, planted: truth, reliability } of finding.annotators) {
        assert.strictEqual(nLabels, 3000)
        assert.approximately(truth!, skills[id as keyof typeof skills], 0.03)
        assert.approximately(reliability!.estimate, truth!, 0.04)
      }
      assert.approximately(finding.plantedNoiseRate!, (0.05 + 0.2 + 0.3) / 3, 0.02)
      assert.approximately(finding.noiseRate!.estimate, finding.plantedNoiseRate!, 0.03)
      assert.strictEqual(
        finding.labelProb.counts.reduce((sum, n) => sum + n, 0),
        9000
      )
    })
  )

  it.effect("audit gives no estimate where two annotators leave it open, and says so", () =>
    Effect.gen(function* () {
      const finding = yield* findingOf(planted(200, ["ada", "bram"]))
      assert.isNull(finding.noiseRate)
      assert.isTrue(finding.annotators.every(({ reliability }) => reliability === null))
      assert.isAbove(finding.warnings.length, 1)
    })
  )

  it.effect("audit counts ties, unreadable answers, agreement of both orders and equal texts", () =>
    Effect.gen(function* () {
      const [row] = planted(1, [])
      const finding = yield* findingOf([
        {
          ...row!,
          judgments: [
            verdictOf("ada", "good", "bad", "first"),
            verdictOf("ada", "bad", "good", "first"),
            verdictOf("ada", "good", "bad", "tie"),
            verdictOf("ada", "good", "bad", "invalid"),
            { ...verdictOf("ada", "good", "bad", "first"), axis: "other" }
          ]
        }
      ])
      const [ada] = finding.annotators
      assert.deepStrictEqual(
        [ada!.nLabels, ada!.firstShare, ada!.orderAgreement, ada!.ties, ada!.invalid],
        [2, 1, 0, 1, 1]
      )
      assert.include(
        finding.warnings.map(({ code }) => code),
        "equalTexts"
      )
    })
  )

  it.effect("audit measures agreement, and positions with their interval", () =>
    Effect.gen(function* () {
      const verdicts = (a: "first" | "second", b: "first" | "second") => [
        verdictOf("ada", "good", "bad", a),
        verdictOf("bram", "good", "bad", b)
      ]
      const [row] = planted(1, [])
      const candidates = ["good", "bad"].map((id) => candidateOf({ id }))
      // Two votes on each of four pairs: three pairs agree. By Krippendorff's formula for 5 and 3 votes:
      // observed 2 / 8, expected 2 * 5 * 3 / (8 * 7), alpha 1 - 0.25 / (30 / 56).
      const judgments = [
        verdicts("first", "first"),
        verdicts("first", "first"),
        verdicts("first", "second"),
        verdicts("second", "second")
      ]
      const { annotators, votes } = yield* findingOf(
        judgments.map((some) => ({ ...row!, candidates, judgments: some }))
      )
      assert.closeTo(votes!.alpha!, 1 - 0.25 / (30 / 56), 1e-12)
      assert.strictEqual(votes!.nOverlapping, 4)
      // "good" is longer than "bad": it wins five of eight.
      assert.deepStrictEqual([votes!.longerPreferred!.estimate, votes!.nDifferentLength], [5 / 8, 8])
      const [ada] = annotators
      assert.strictEqual(ada!.firstShare, 3 / 4)
      // Wilson's interval of 3 of 4 at z = 1.96, by hand.
      const z = 1.959963984540054
      const centre = (3 / 4 + (z * z) / 8) / (1 + (z * z) / 4)
      const half = (z / (1 + (z * z) / 4)) * Math.sqrt(3 / 64 + (z * z) / 64)
      assert.closeTo(ada!.firstShareCi95![0], centre - half, 1e-12)
      assert.closeTo(ada!.firstShareCi95![1], centre + half, 1e-12)
    })
  )

  it.effect("audit counts who finds which injected error, against the text it was put into", () =>
    Effect.gen(function* () {
      const [row] = planted(1, [])
      const injection = (errorType: string) => ({ errorType, injector: "i", similarity: 0.9, lengthRatio: 1 })
      const candidates = [
        candidateOf({ id: "a" }),
        candidateOf({ id: "a/logic", parentId: "a", injection: injection("logic") }),
        candidateOf({ id: "a/fact", parentId: "a", injection: injection("fact") }),
        candidateOf({ id: "b" })
      ]
      const { annotators } = yield* findingOf([
        {
          ...row!,
          candidates,
          judgments: [
            verdictOf("ada", "a", "a/logic", "first"),
            verdictOf("ada", "a/logic", "a", "first"),
            verdictOf("ada", "a/fact", "a", "second"),
            verdictOf("ada", "b", "a/fact", "second"),
            verdictOf("bram", "a", "b", "second")
          ]
        }
      ])
      assert.deepStrictEqual(annotators[0]!.injected, [
        { errorType: "fact", nLabels: 1, right: 1 },
        { errorType: "logic", nLabels: 2, right: 1 }
      ])
      assert.isUndefined(annotators[1]!.injected)
    })
  )

  it.effect("audit finds the same in pairs that name their annotators as in the judgments these were made of", () =>
    Effect.gen(function* () {
      const groups = planted(1500).slice(1)
      const ofGroups = yield* findingOf(groups)
      const pairs = groups.flatMap(({ id, judgments }) =>
        judgments.map(({ annotator, firstId, secondId, verdict }) => {
          const [chosen, rejected] = verdict === "first" ? [firstId, secondId!] : [secondId!, firstId]
          return { prompt: id, chosen, rejected, worker: annotator, chosenFirst: verdict === "first" }
        })
      )
      const pipeline = pipelineOf(pairs, pairFields).pipe(audit({ annotator: "worker" }))
      const { findings, rows } = yield* collect(pipeline)
      assert.deepStrictEqual(rows, pairs)
      const finding = findings.get("audit")
      assert.strictEqual(finding?.kind, "noise")
      const { annotators, noiseRate, votes } = finding as typeof ofGroups
      assert.closeTo(noiseRate!.estimate, ofGroups.noiseRate!.estimate, 1e-6)
      assert.deepStrictEqual(votes, ofGroups.votes)
      for (const [k, { firstShare, id, nLabels, reliability }] of annotators.entries()) {
        const other = ofGroups.annotators[k]!
        assert.deepStrictEqual([id, nLabels, firstShare], [other.id, other.nLabels, other.firstShare])
        assert.closeTo(reliability!.estimate, other.reliability!.estimate, 1e-6)
      }
    })
  )

  it.effect("audit says of pairs no more than they hold: no order unless it is known, nothing of equal texts", () =>
    Effect.gen(function* () {
      const { chosenFirst: _, ...columns } = pairFields
      const pairs = [
        { prompt: "p", chosen: "x", rejected: "y", worker: "ada" },
        { prompt: "p", chosen: "same", rejected: "same", worker: "ada" }
      ]
      const { findings } = yield* collect(pipelineOf(pairs, columns).pipe(audit({ annotator: "worker" })))
      const finding = findings.get("audit")
      if (finding?.kind !== "noise") return assert.fail("no finding about noise")
      assert.deepStrictEqual([finding.nLabels, finding.annotators[0]!.firstShare], [1, null])
      assert.deepStrictEqual(finding.votes, {
        alpha: null,
        nOverlapping: 0,
        longerPreferred: null,
        nDifferentLength: 0
      })
      assert.include(
        finding.warnings.map(({ code }) => code),
        "equalTexts"
      )
    })
  )

  it("audit refuses a reliability out of range", () => {
    assert.throws(() => audit({ initialReliability: 0.4 }), /found initialReliability 0.4/)
  })
})
