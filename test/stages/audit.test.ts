import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { audit } from "../../src/stages/audit.ts"
import { stageContract } from "../contracts/stage.ts"
import { candidateOf, verdictOf } from "./candidates.ts"
import { collect, pipelineOf } from "./collect.ts"
import { groupFields, someGroups } from "./groups.ts"

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

  it("audit refuses a reliability out of range", () => {
    assert.throws(() => audit({ initialReliability: 0.4 }), /found initialReliability 0.4/)
  })
})
