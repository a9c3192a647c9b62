import { assert, describe, it } from "@effect/vitest"
import type { Finding } from "../../src/Findings.ts"
import { Html } from "../../src/report/Html.ts"
import { pairSections } from "../../src/report/sections/pairSections.ts"
import { emptyManifest } from "./fixture.ts"
import { markupProblem, textOf } from "./markup.ts"

const strengths = async (more: Partial<Extract<Finding, { readonly kind: "strengths" }>> = {}) => {
  const finding = {
    kind: "strengths",
    nPairs: 1200,
    nComparisons: 3600,
    outside: 7,
    determined: true,
    converged: true,
    meanError: 0.731,
    ...more
  } as const
  const sections = pairSections({ ...emptyManifest, findings: [{ stage: "pairStrengths", finding }] })
  assert.deepStrictEqual(
    sections.map(({ id }) => id),
    ["strengths"]
  )
  const body = await Html.resolve(sections[0]!.body, () => Promise.resolve(""))
  assert.isNull(markupProblem(body))
  return textOf(body)
}

describe("pairSections", () => {
  it("pairSections shows how many preferences got a strength and how sure it is", async () => {
    const page = await strengths()
    for (const part of ["Pairs 1,200", "Comparisons 3,600", "Not connected 7", "logits 0.73"])
      assert.include(page, part)
    assert.notInclude(page, "only won")
    assert.notInclude(page, "do not trust")
  })

  it("pairSections says when the prior decides and when the fit did not end", async () => {
    assert.include(await strengths({ determined: false }), "Some pairs only won or only lost")
    assert.include(await strengths({ converged: false }), "do not trust the strengths")
    assert.include(await strengths({ meanError: null }), "logits not known")
  })
})
