import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { noiseRecovery, rePo } from "../../pipelines/rePo.ts"
import { simulated } from "../../src/providers/simulated.ts"
import { runRecipe } from "./runRecipe.ts"

const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length

describe("rePo", () => {
  it.effect(
    "rePo gives every label the posterior of one reliability for each annotator, at the fixed point",
    () =>
      Effect.gen(function* () {
        const { findings, requests, rows } = yield* runRecipe(rePo, simulated())
        const byAnnotator = Map.groupBy(rows, ({ annotator }) => annotator)
        assert.sameMembers([...byAnnotator.keys()], ["ada", "bram", "chen", "dunja", "emil"])
        const reliabilities = new Map<string, number>()
        for (const [annotator, own] of byAnnotator) {
          // w = p eta / (p eta + (1 - p)(1 - eta)), so the odds of eta are those of w by those of p.
          const odds = own.map(({ labelProb: w, pModel: p }) => (w / (1 - w)) * ((1 - p) / p))
          for (const one of odds) assert.approximately(one / odds[0]!, 1, 1e-6, annotator)
          const reliability = odds[0]! / (1 + odds[0]!)
          reliabilities.set(annotator, reliability)
          assert.approximately(reliability, mean(own.map(({ labelProb }) => labelProb)), 0.02, annotator)
          const known = own.filter(({ plantedCorrect }) => plantedCorrect !== null)
          const right = mean(known.map(({ plantedCorrect }) => Number(plantedCorrect)))
          assert.approximately(reliability, right, 0.1, annotator)
        }
        assert.isAbove(reliabilities.get("ada")!, reliabilities.get("dunja")!)
        assert.isAbove(reliabilities.get("dunja")!, reliabilities.get("emil")!)
        for (const { flipped, labelProb, target, weight } of rows) {
          assert.deepStrictEqual([target, weight, flipped], [labelProb, 1, false])
        }
        const noise = findings.get("clean")!
        assert(noise.kind === "noise")
        assert.isNotNull(noise.calibration, "posteriors are as good as the calibration")
        assert.isBelow(noise.noiseRate!.ci95[0], noise.plantedNoiseRate!)
        assert.isAbove(noise.noiseRate!.ci95[1], noise.plantedNoiseRate!)
        const posterior = (isRight: boolean) =>
          mean(rows.filter(({ plantedCorrect }) => plantedCorrect === isRight).map(({ labelProb }) => labelProb))
        assert.isAbove(posterior(true) - posterior(false), 0.3)
        const trusted = requests.filter(({ task }) => task.kind === "compare" && task.annotator === "gold")
        assert.isBelow(trusted.length, rows.length / 10)
        assert.isFalse(rows.some(({ annotator }) => annotator === "gold"))
      }),
    20_000
  )

  it.effect(
    "rePo audits the labels before they are cleaned, by each other alone, and ranks annotators alike",
    () =>
      Effect.gen(function* () {
        const { findings } = yield* runRecipe(rePo, simulated())
        const [pooled, cleaned] = [findings.get("audit")!, findings.get("clean")!]
        assert(pooled.kind === "noise" && cleaned.kind === "noise")
        assert.isNull(pooled.calibration)
        const of = (finding: typeof pooled, id: string) =>
          finding.annotators.find((one) => one.id === id)!.reliability!.estimate
        for (const finding of [pooled, cleaned]) {
          assert.isAbove(of(finding, "ada"), of(finding, "dunja"))
          assert.isAbove(of(finding, "dunja"), of(finding, "emil"))
        }
      }),
    20_000
  )

  it.effect(
    "rePo finds again the share of labels that was flipped",
    () =>
      Effect.gen(function* () {
        for (const rate of [0, 0.2, 0.4]) {
          const { findings, rows } = yield* runRecipe(noiseRecovery(rate), simulated())
          const share = mean(rows.map(({ plantedFlip }) => Number(plantedFlip)))
          assert.approximately(share, rate, 4 * Math.sqrt((rate * (1 - rate)) / rows.length))
          const noise = findings.get("clean")!
          assert(noise.kind === "noise")
          assert.deepStrictEqual(noise.warnings, [])
          assert.isNotNull(noise.calibration, "the estimate is as good as the calibration")
          assert.isAtMost(noise.noiseRate!.ci95[0], share)
          assert.isAtLeast(noise.noiseRate!.ci95[1], share)
          // Rates this far apart cannot be told by the same estimate.
          assert.approximately(noise.noiseRate!.estimate, share, 0.1)
        }
      }),
    20_000
  )
})
