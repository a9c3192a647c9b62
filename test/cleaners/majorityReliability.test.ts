import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { parse } from "csv-parse/sync"
import { effectiveJudges } from "../../src/cleaners/effectiveJudges.ts"
import { majorityReliability } from "../../src/cleaners/majorityReliability.ts"
import { noiseWarnings } from "../../src/cleaners/noiseWarnings.ts"
import { pooledRePo } from "../../src/cleaners/pooledRePo.ts"
import { wilson } from "../../src/math/wilson.ts"
import { plantVotes } from "./plantVotes.ts"

const judgments = path.resolve(import.meta.dirname, "../../../shared/data/real/llmbar/judgments.csv")

/** Votes of LLM judges on pairs with gold: side 1 is output 1, unreadable answers are ties. */
const llmbar = (keep: (row: Record<string, string>) => boolean) => {
  const rows = (parse(fs.readFileSync(judgments, "utf8"), { columns: true }) as Array<Record<string, string>>).filter(
    keep
  )
  const numbers = () => {
    const known = new Map<string, number>()
    return { known, of: (key: string) => known.get(key) ?? (known.set(key, known.size), known.size - 1) }
  }
  const items = numbers()
  const annotators = numbers()
  const models = numbers()
  const truth: Array<number> = []
  const family: Array<number> = []
  const item = Int32Array.from(rows, ({ gold, item: number, subset }) => {
    const i = items.of(`${subset} ${number}`)
    truth[i] = gold === "1" ? 1 : -1
    return i
  })
  const annotator = Int32Array.from(rows, ({ judge_model: model = "", judge_strategy: strategy }) => {
    const k = annotators.of(`${model} ${strategy}`)
    family[k] = models.of(model)
    return k
  })
  const side = Int8Array.from(rows, ({ winner }) => (winner === "1" ? 1 : winner === "2" ? -1 : 0))
  const votes = { item, annotator, side, pModel: new Float64Array(truth.length).fill(0.5), nAnnotators: family.length }
  const byModel = new Map([...models.known].map(([name, number]) => [number, name]))
  return { votes, truth: Int8Array.from(truth), family: Int32Array.from(family), byModel }
}

describe("majorityReliability", () => {
  it("majorityReliability counts when the truth is known", () => {
    const { item, side, truth } = plantVotes({ nItems: 400, marginSd: 0, reliability: [0.6, 0.6, 0.6, 0.6], seed: 1 })
    const found = majorityReliability({ item, side, pModel: Float64Array.from(truth, (t) => (t === 1 ? 1 : 0)) })
    let right = 0
    let decided = 0
    for (let i = 0; i < 400; i++) {
      const balance = side.subarray(4 * i, 4 * i + 4).reduce((sum, value) => sum + value, 0)
      if (balance !== 0) decided++
      if (balance * truth[i]! > 0) right++
    }
    assert.strictEqual(found.nItems, decided)
    assert.strictEqual(found.nTied, 400 - decided)
    assert.closeTo(found.estimate, right / decided, 1e-9)
    assert.closeTo(found.lower, wilson(right, decided).lower, 0.005)
  })

  it("majorityReliability finds from calibrated evidence how often the majority is right", () => {
    for (const reliability of [0.7, 0.35]) {
      const data = plantVotes({
        nItems: 5000,
        marginSd: 2,
        reliability: [reliability, reliability, reliability],
        seed: 2
      })
      const found = majorityReliability(data)
      const expected = reliability ** 3 + 3 * reliability ** 2 * (1 - reliability)
      assert.closeTo(found.estimate, expected, 4 * found.standardError)
      assert.strictEqual(found.upper < 0.5, reliability < 0.5)
    }
  })

  it("majorityReliability knows nothing without evidence", () => {
    const data = plantVotes({ nItems: 50, marginSd: 0, reliability: [0.7, 0.7, 0.7], seed: 2 })
    const { lower, nItems, upper } = majorityReliability(data)
    assert.deepStrictEqual([nItems, lower, upper], [0, 0, 1])
  })

  const isThere = fs.existsSync(judgments)
  if (!isThere) process.stdout.write('skipped "majorityReliability on llmbar": llmbar is not beside the checkout\n')

  // The figures of the data set's own page: majority 0.625, 0.940, 0.527, 0.351; one-coin EM 0.843, 0.950, 0.850, 0.295.
  const slices: ReadonlyArray<readonly [string, (row: Record<string, string>) => boolean, number, number, boolean]> = [
    ["all", () => true, 0.625, 0.843, false],
    ["natural", ({ subset }) => subset === "Natural", 0.94, 0.95, false],
    ["adversarial", ({ subset }) => subset !== "Natural", 0.527, 0.85, false],
    [
      "adversarial without the GPT-4 judges",
      ({ judge_model: model, subset }) => subset !== "Natural" && model !== "GPT-4",
      0.351,
      0.295,
      true
    ]
  ]
  for (const [name, keep, majority, oneCoin, isBelow] of slices) {
    it.skipIf(!isThere)(`majorityReliability on llmbar, ${name}: ${isBelow ? "refuses" : "does not refuse"}`, () => {
      const { byModel, family, truth, votes } = llmbar(keep)
      const pModel = Float64Array.from(truth, (t) => (t === 1 ? 1 : 0))
      const found = majorityReliability({ ...votes, pModel })
      // Tied items are left out here and count one half there.
      const counted = (found.estimate * found.nItems + found.nTied / 2) / truth.length
      assert.closeTo(counted, majority, 0.015)
      const fit = pooledRePo(votes)
      const right = truth.filter((t, i) => fit.posterior[i]! > 0.5 === (t === 1)).length / truth.length
      assert.closeTo(right, oneCoin, 0.02)
      const families = effectiveJudges({ ...votes, truth, family })
      const warnings = noiseWarnings(fit, {
        calibrated: true,
        mostVotes: 130,
        majority: found,
        families,
        familyNames: byModel
      })
      const codes = new Set(warnings.map(({ code }) => code))
      assert.strictEqual(codes.has("majorityBelowChance"), isBelow)
      assert.strictEqual(
        warnings.some(({ refuses }) => refuses),
        isBelow
      )
      // Fifteen prompts to one model are not fifteen judges.
      assert.isTrue(codes.has("correlatedJudges"))
      for (const { effectiveJudges: n, nJudges } of families) assert.isBelow(n!, nJudges / 2)
    })
  }
})
