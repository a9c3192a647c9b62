import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { benchCleaners } from "../../src/cli/benchCleaners.ts"
import { benchCleanersPairs } from "../../src/cli/benchCleanersPairs.ts"
import { benchKinds, type BenchResult } from "../../src/cli/BenchResult.ts"
import { prefCleanBench } from "../../src/cleaners/prefCleanBench.ts"
import { runPrefloom, temporaryFolder } from "./runPrefloom.ts"

const { folder, remove } = temporaryFolder({})
afterAll(remove)

// To make the golden file anew: prefloom bench cleaners --rate 0.2 --pairs 300 --draws 2 --json > test/golden/bench-cleaners.json
const golden = JSON.parse(
  fs.readFileSync(path.join(import.meta.dirname, "../golden/bench-cleaners.json"), "utf8")
) as BenchResult
const options = "--rate 0.2 --pairs 300 --draws 2 --json --out out".split(" ")
const ran = runPrefloom(["bench", "cleaners", ...options], { cwd: folder })

const close = (actual: number, expected: number, tolerance: number, what: string) =>
  assert.closeTo(actual, expected, tolerance, what)

describe("bench", () => {
  it("bench: one command gives the golden figures, and leaves them with a page of plots", async () => {
    const { code, stderr, stdout } = await ran
    assert.strictEqual(code, 0, stderr)
    assert.deepStrictEqual(JSON.parse(stdout), golden)
    const written = fs.readFileSync(path.join(folder, "out/bench-cleaners.json"), "utf8")
    assert.deepStrictEqual(JSON.parse(written), golden)
    const page = fs.readFileSync(path.join(folder, "out/report.html"), "utf8")
    assert.strictEqual(page.split('<svg class="chart"').length - 1, 1 + 3 * golden.scenarios.length)
    assert.include(page, "Simulated data")
  })

  it("bench: every method of PrefCleanBench runs on every kind of noise, and the other cleaners beside them", () => {
    assert.deepStrictEqual(
      golden.scenarios.map(({ kind }) => kind),
      ["uniform", "perAnnotator", "byMargin"]
    )
    for (const { methods } of golden.scenarios) {
      const names = new Set(methods.map(({ method }) => method))
      for (const { name } of prefCleanBench) assert.isTrue(names.has(name), name)
      const others = ["Confident learning", "RE-PO, reward scores", "RE-PO on texts, in turns", "Pooled RE-PO"]
      for (const name of [...others, "One-coin Dawid-Skene", "Consensus, chosen by votes"]) {
        assert.isTrue(names.has(name), name)
      }
    }
  })

  it("bench: the figures of a cleaner fit together", () => {
    const single = benchCleaners({ kinds: benchKinds, rates: [0.2], nPairs: 150, nDraws: 1, seed: 1 })
    for (const { methods, nWrong: wrong } of single.scenarios) {
      const nWrong = wrong.mean
      for (const { accuracy, method, treatment, ...one } of methods) {
        assert.isNull(accuracy.sd)
        const [flagged, noiseLeft, rowsLost] = [one.flagged.mean, one.noiseLeft.mean, one.rowsLost.mean]
        if (treatment === "keep") {
          assert.deepStrictEqual([flagged, rowsLost], [0, 0])
          close(noiseLeft, method === "Clean labels" ? 0 : nWrong / single.pairs, 1e-4, method)
          continue
        }
        const found = flagged === 0 ? 0 : Math.round(one.precision!.mean * flagged)
        close(one.recall!.mean, found / nWrong, 1e-4, `recall of ${method}`)
        assert.strictEqual(rowsLost, treatment === "remove" ? flagged : 0)
        const missed = nWrong - found
        if (treatment === "remove") close(noiseLeft, missed / (single.pairs - flagged), 1e-4, method)
        if (treatment === "flip") close(noiseLeft, (missed + flagged - found) / single.pairs, 1e-4, method)
      }
    }
  })

  it("bench: rules that take a budget flag as many rows as are wrong, in every draw", () => {
    for (const { methods, nWrong } of golden.scenarios) {
      for (const name of ["RwGap-R", "IFD-Gap-F", "Tag-Cmp", "Tag-Div", "Pooled RE-PO", "Consensus, chosen by votes"]) {
        for (const one of methods.filter(({ method }) => method === name)) {
          assert.deepStrictEqual(one.flagged, nWrong, name)
        }
      }
    }
  })

  it("bench: draws are other data sets, and coverage counts the intervals of all", () => {
    for (const { methods } of golden.scenarios) {
      assert.isAbove(methods.find(({ method }) => method === "Noisy labels")!.accuracy.sd!, 0)
      for (const { noiseRate } of methods) {
        if (noiseRate?.coverage) assert.strictEqual(noiseRate.coverage.nIntervals, golden.draws)
      }
    }
    const pooled = golden.noiseRates.find(({ method }) => method === "Pooled RE-PO")!
    assert.strictEqual(pooled.coverage!.nIntervals, golden.draws * golden.scenarios.length)
  })

  it("bench: evidence that knows nothing of labels finds none of the noise, and good evidence most of it", () => {
    for (const { methods } of golden.scenarios) {
      const auroc = (name: string) => methods.find(({ method }) => method === name)!.auroc!.mean
      for (const name of ["Tag-Cmp", "Tag-Div"]) close(auroc(name), 0.5, 0.15, name)
      for (const name of ["Vote-Maj-R", "Pooled RE-PO"]) assert.isAbove(auroc(name), 0.8, name)
    }
  })

  it("bench: no prompt is in two of the parts that are trained on, trusted and held out", () => {
    const parts = (["train", "trusted", "heldOut"] as const).map(
      (part) => new Set(benchCleanersPairs(part, 200, 3).promptId)
    )
    const all = new Set(parts.flatMap((prompts) => [...prompts]))
    assert.strictEqual(
      parts.reduce((sum, { size }) => sum + size, 0),
      all.size
    )
  })

  it("bench: refuses a rate that is none, and prints a table that says the data are simulated", async () => {
    const refused = await runPrefloom(["bench", "cleaners", "--rate", "0.5"])
    assert.strictEqual(refused.code, 2)
    assert.include(refused.stderr, "below 0.5")
    const { code, stdout } = await runPrefloom(
      ["bench", "cleaners", ..."--rate 0.3 --kind uniform --pairs 100 --draws 1".split(" ")],
      { cwd: folder }
    )
    assert.strictEqual(code, 0)
    assert.match(stdout, /^Simulated data, seed 0, 1 draw of each kind and rate: 100 pairs/)
    assert.strictEqual(stdout.split("\nNoise uniform 0.3:").length, 2)
    assert.include(stdout, "\nNoise rates over 1 draw of all kinds and rates\n")
  })
})
