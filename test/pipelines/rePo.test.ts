import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { rePo } from "../../pipelines/rePo.ts"
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
})
