import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import * as zlib from "node:zlib"
import { areaUnderRoc } from "../../src/cleaners/areaUnderRoc.ts"
import { hashTextFeatures } from "../../src/cleaners/hashTextFeatures.ts"
import { outOfFoldGaps } from "../../src/cleaners/outOfFoldGaps.ts"
import { plantNoise } from "../../src/cleaners/plantNoise.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"

const words = "river stone cloud lamp green walk seven paper under bright field sound open morning glass".split(" ")

/** Responses of random words; the better one has a polite word, the rule to be found. */
const politePairs = (n: number) => {
  const random = keyedRandom("politePairs", n)
  const text = () => Array.from({ length: 12 }, () => words[Math.floor(random() * words.length)]!).join(" ")
  return Array.from({ length: n }, (_, i) => ({
    prompt: `prompt ${Math.floor(i / 2)}`,
    chosen: `please ${text()}`,
    rejected: `${text()} nope`
  }))
}

describe("outOfFoldGaps", () => {
  const pairs = politePairs(600)
  const differences = hashTextFeatures(pairs, { nHashed: 4096 })
  const promptId = pairs.map(({ prompt }) => prompt)
  const rowId = pairs.map((_, i) => `row ${i}`)
  const { flipped } = plantNoise(rowId, { kind: "uniform", rate: 0.2 }, 1)
  const target = Float64Array.from(flipped, (flip) => 1 - flip)

  it("outOfFoldGaps recovers a planted rule through 20 % flipped labels", () => {
    const { gap } = outOfFoldGaps({ differences, promptId, target })
    assert.isTrue(gap.every((value) => value > 0))
    const recorded = gap.map((value, i) => (flipped[i] === 1 ? -value : value))
    assert.strictEqual(areaUnderRoc(recorded, flipped), 1)
  })

  it("outOfFoldGaps never lets a row see its own label or one of its prompt", () => {
    const before = outOfFoldGaps({ differences, promptId, target })
    for (const row of [0, 17, 599]) {
      const other = outOfFoldGaps({ differences, promptId, target: target.with(row, 1 - target[row]!) })
      assert.deepStrictEqual(other.fold, before.fold)
      let nChanged = 0
      for (const [i, value] of other.gap.entries()) {
        if (before.fold[i] === before.fold[row]) assert.strictEqual(value, before.gap[i], `row ${i}`)
        else if (value !== before.gap[i]) nChanged++
      }
      assert.isAbove(nChanged, 0, "the label does tell the other folds something")
    }
  })

  it("outOfFoldGaps keeps prompts together in folds of almost equal size", () => {
    const { fold } = outOfFoldGaps({ differences, promptId, target }, { nFolds: 7, nPasses: 1 })
    const foldOf = new Map<string, number>()
    const sizes = new Int32Array(7)
    for (const [i, k] of fold.entries()) {
      assert.strictEqual(foldOf.get(promptId[i]!) ?? k, k)
      foldOf.set(promptId[i]!, k)
      sizes[k]!++
    }
    assert.isAtMost(Math.max(...sizes) - Math.min(...sizes), 2)
  })

  it("outOfFoldGaps of some rows are those of a data set that has no others", () => {
    const rows = Int32Array.from({ length: 300 }, (_, i) => 2 * i)
    const some = outOfFoldGaps({ differences, promptId, target, rows })
    const alone = outOfFoldGaps({
      differences: hashTextFeatures(
        pairs.filter((_, i) => i % 2 === 0),
        { nHashed: 4096 }
      ),
      promptId: promptId.filter((_, i) => i % 2 === 0),
      target: target.filter((_, i) => i % 2 === 0)
    })
    assert.deepStrictEqual(
      some.gap.filter((_, i) => i % 2 === 0),
      alone.gap
    )
    assert.deepStrictEqual(
      some.fold.filter((_, i) => i % 2 === 0),
      alone.fold
    )
    assert.isTrue(some.gap.every((value, i) => Number.isNaN(value) === (i % 2 === 1)))
    assert.isTrue(some.fold.every((k, i) => (k === -1) === (i % 2 === 1)))
  })

  it("outOfFoldGaps has nothing to say about a single prompt or no pairs", () => {
    const some = hashTextFeatures(pairs.slice(0, 2))
    assert.deepStrictEqual(
      [...outOfFoldGaps({ differences: some, promptId: ["p", "p"] }).gap],
      [Number.NaN, Number.NaN]
    )
    assert.strictEqual(outOfFoldGaps({ differences: hashTextFeatures([]), promptId: [] }).gap.length, 0)
    assert.throws(() => outOfFoldGaps({ differences: some, promptId: ["p"] }), /found 1 prompt ids for 2 pairs/)
    assert.throws(() => outOfFoldGaps({ differences: some, promptId: ["p", "q"] }, { nFolds: 1 }), /found nFolds 1/)
  })

  const file = path.resolve(import.meta.dirname, "../../../shared/data/real/hh-rlhf-harmless-test/test.jsonl.gz")
  it.skipIf(!fs.existsSync(file))("outOfFoldGaps ranks planted flips in real text pairs better than chance", () => {
    const marker = "\n\nAssistant:"
    const lines = zlib.gunzipSync(fs.readFileSync(file)).toString("utf8").split("\n")
    const real = lines
      .filter((line) => line !== "")
      .map((line) => {
        const { chosen, rejected } = JSON.parse(line) as { chosen: string; rejected: string }
        const answer = (text: string) => text.slice(text.lastIndexOf(marker) + marker.length)
        return {
          prompt: chosen.slice(0, chosen.lastIndexOf(marker)),
          chosen: answer(chosen),
          rejected: answer(rejected)
        }
      })
    const features = hashTextFeatures(real)
    const prompts = real.map(({ prompt }) => prompt)
    const areas = [1, 2, 3].map((seed) => {
      const noise = plantNoise(
        real.map((_, i) => String(i)),
        { kind: "uniform", rate: 0.2 },
        seed
      )
      const labels = Float64Array.from(noise.flipped, (flip) => 1 - flip)
      const { gap } = outOfFoldGaps({ differences: features, promptId: prompts, target: labels })
      return areaUnderRoc(
        gap.map((value, i) => (noise.flipped[i] === 1 ? -value : value)),
        noise.flipped
      )
    })
    process.stdout.write(
      `hh-rlhf, 20 % planted flips, AUROC of the gaps: ${areas.map((a) => a.toFixed(3)).join(" ")}\n`
    )
    // The standard error of one area is about 0.015 with 460 flips among 2,312 pairs: 0.5 is seven of them away.
    for (const area of areas) assert.isAbove(area, 0.6)
  })
})
