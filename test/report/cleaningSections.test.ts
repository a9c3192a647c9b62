import { assert, describe, it } from "@effect/vitest"
import type { Finding } from "../../src/Findings.ts"
import { Html } from "../../src/report/Html.ts"
import { renderReport } from "../../src/report/renderReport.ts"
import { cleaningSections } from "../../src/report/sections/cleaningSections.ts"
import { emptyManifest, nasty } from "./fixture.ts"
import { markupProblem, textOf } from "./markup.ts"

const flags: Finding = {
  kind: "flags",
  rule: "voteMaj",
  evidence: ["armoChosen", "armoRejected"],
  nRows: 1200,
  flagged: 217,
  unscored: 13
}
const treatments: Finding = {
  kind: "treatments",
  treatment: "softLabel",
  nRows: 1200,
  untouched: 983,
  weighted: 200,
  flipped: 0,
  removed: 17,
  meanWeight: 0.8431
}
const planted: Finding = {
  kind: "plantedNoise",
  plan: "perAnnotator",
  groups: [
    { name: "ada", nRows: 400, expected: 40, flipped: 38 },
    { name: nasty.script, nRows: 200, expected: 60.5, flipped: 64 }
  ],
  leftAlone: 31
}

const manifestOf = (...findings: ReadonlyArray<Finding>) => ({
  ...emptyManifest,
  findings: findings.map((finding) => ({ stage: `the ${finding.kind}`, finding }))
})

const read = async (...findings: ReadonlyArray<Finding>) => {
  const texts = new Map<string, string>()
  for (const { body, id } of cleaningSections(manifestOf(...findings))) {
    const page = await Html.resolve(body, () => Promise.resolve(""))
    assert.isNull(markupProblem(page))
    texts.set(id, textOf(page))
  }
  return texts
}

describe("cleaningSections", () => {
  it("cleaningSections shows what was flagged, by which evidence, and what was done", async () => {
    const text = (await read(flags, treatments)).get("suspect-pairs")!
    for (const part of [
      "voteMaj",
      "armoChosen, armoRejected",
      "1,200",
      "217",
      "13",
      "soft label",
      "983",
      "200",
      "17",
      "0.84"
    ]) {
      assert.include(text, part)
    }
  })

  it("cleaningSections shows planted noise by group, with names that are no markup", async () => {
    const text = (await read(planted)).get("planted-noise")!
    for (const part of ["per annotator", "ada", "40.0", "38", "60.5", "64", "32.0%", "no margin", "31"]) {
      assert.include(text, part)
    }
  })

  it("cleaningSections has no section without a finding, and each for itself", async () => {
    assert.deepStrictEqual(cleaningSections(emptyManifest), [])
    assert.deepStrictEqual([...(await read(flags)).keys()], ["suspect-pairs"])
    assert.deepStrictEqual([...(await read(treatments)).keys()], ["suspect-pairs"])
    assert.deepStrictEqual([...(await read(planted, flags)).keys()], ["planted-noise", "suspect-pairs"])
  })

  it("cleaningSections are part of the report", async () => {
    const page = await renderReport(manifestOf(planted, flags, treatments), { files: [], outName: "out" })
    assert.isNull(markupProblem(page))
    for (const id of ["planted-noise", "suspect-pairs"]) assert.include(page, `<section id="${id}"`)
  })
})
