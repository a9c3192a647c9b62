import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { benchCleanersPairs } from "../../src/cli/benchCleanersPairs.ts"
import type { BenchResult } from "../../src/cli/BenchResult.ts"
import { prefCleanBench } from "../../src/cleaners/prefCleanBench.ts"
import { runPrefloom, temporaryFolder } from "./runPrefloom.ts"

const { folder, remove } = temporaryFolder({})
afterAll(remove)

// To make the golden file anew: prefloom bench cleaners --rate 0.2 --pairs 300 --json > test/golden/bench-cleaners.json
const golden = JSON.parse(
  fs.readFileSync(path.join(import.meta.dirname, "../golden/bench-cleaners.json"), "utf8")
) as BenchResult
const ran = runPrefloom(["bench", "cleaners", "--rate", "0.2", "--pairs", "300", "--json", "--out", "out"], {
  cwd: folder
})

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
    assert.strictEqual(page.split('<svg class="chart"').length - 1, 3 * golden.scenarios.length)
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
      for (const name of ["Confident learning", "RE-PO, reward scores", "Pooled RE-PO", "One-coin Dawid-Skene"]) {
        assert.isTrue(names.has(name), name)
      }
    }
  })

  it("bench: the figures of a cleaner fit together", () => {
    for (const { methods, nWrong } of golden.scenarios) {
      for (const { flagged, method, noiseLeft, precision, recall, rowsLost, treatment } of methods) {
        if (treatment === "keep") {
          assert.deepStrictEqual([flagged, rowsLost], [0, 0])
          close(noiseLeft, method === "Clean labels" ? 0 : nWrong / golden.pairs, 1e-4, method)
          continue
        }
        const found = Math.round(precision! * flagged)
        close(recall!, found / nWrong, 1e-4, `recall of ${method}`)
        assert.strictEqual(rowsLost, treatment === "remove" ? flagged : 0)
        const missed = nWrong - found
        if (treatment === "remove") close(noiseLeft, missed / (golden.pairs - flagged), 1e-4, method)
        if (treatment === "flip") close(noiseLeft, (missed + flagged - found) / golden.pairs, 1e-4, method)
      }
      const ofBudget = new Set([
        "RwGap-R",
        "IFD-Gap-F",
        "Tag-Cmp",
        "Tag-Div",
        "Pooled RE-PO",
        "Reward model, out of fold"
      ])
      for (const one of methods.filter(({ method }) => ofBudget.has(method))) {
        assert.strictEqual(one.flagged, nWrong, one.method)
      }
    }
  })

  it("bench: evidence that knows nothing of labels finds none of the noise, and good evidence most of it", () => {
    for (const { methods } of golden.scenarios) {
      const auroc = (name: string) => methods.find(({ method }) => method === name)!.auroc!
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
      ["bench", "cleaners", "--rate", "0.3", "--kind", "uniform", "--pairs", "100"],
      { cwd: folder }
    )
    assert.strictEqual(code, 0)
    assert.match(stdout, /^Simulated data, seed 0: 100 pairs/)
    assert.strictEqual(stdout.split("\nNoise uniform 0.3:").length, 2)
  })
})
