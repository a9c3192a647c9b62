import { assert, describe, it } from "@effect/vitest"
import { annotatorWarnings } from "../../src/cleaners/annotatorWarnings.ts"
import { rePo } from "../../src/cleaners/rePo.ts"
import { plantLabels } from "./plantLabels.ts"

const warn = (reliability: ReadonlyArray<number>, nLabels: number) => {
  const fit = rePo(plantLabels({ nLabels, marginSd: 2, reliability, seed: nLabels }))
  return annotatorWarnings(fit, [...reliability.keys()], undefined)
}
const codes = (warnings: ReturnType<typeof annotatorWarnings>) =>
  warnings.map(({ annotator, code }) => [code, annotator])

describe("annotatorWarnings", () => {
  it("annotatorWarnings names annotators that are no better than a coin, or worse", () => {
    assert.deepStrictEqual(codes(warn([0.9, 0.5, 0.15], 3000)), [
      ["nearHalf", 1],
      ["belowHalf", 2]
    ])
  })

  it("annotatorWarnings names annotators that cannot be judged", () => {
    const { pModel: some } = plantLabels({ nLabels: 300, marginSd: 2, reliability: [0.9], seed: 1 })
    const pModel = Float64Array.of(...some, 0.5)
    const fit = rePo({ pModel, annotator: Int32Array.from(pModel, (p) => (p === 0.5 ? 1 : 0)), nAnnotators: 2 })
    const warnings = annotatorWarnings(fit, [0, 1], ["ada", "bram"])
    assert.deepStrictEqual(codes(warnings), [["notIdentified", 1]])
    assert.include(warnings[0]!.message, '"bram"')
  })

  it("annotatorWarnings counts labels", () => {
    assert.deepInclude(codes(warn([0.9, 0.9], 98)), ["fewLabels", 1])
    assert.notDeepInclude(codes(warn([0.9, 0.9], 100)), ["fewLabels", 1])
  })

  it("annotatorWarnings says once what is true of more than three annotators", () => {
    const three = warn([0.9, 0.9, 0.9], 90).filter(({ code }) => code === "fewLabels")
    assert.strictEqual(three.length, 3)
    const five = warn([0.9, 0.9, 0.9, 0.9, 0.9], 150).filter(({ code }) => code === "fewLabels")
    assert.deepStrictEqual(codes(five), [["fewLabels", undefined]])
    assert.include(five[0]!.message, "5 of 5 annotators (0, 1, 2 and 2 others) have fewer than 50 labels")
  })
})
