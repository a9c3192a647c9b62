import { assert, describe, it } from "@effect/vitest"
import type { Finding } from "../../src/Findings.ts"
import { Html } from "../../src/report/Html.ts"
import { noiseSections } from "../../src/report/sections/noiseSections.ts"
import { emptyManifest, fullManifest } from "./fixture.ts"
import { textOf } from "./markup.ts"

type Of<Kind> = Extract<Finding, { readonly kind: Kind }>

const noise = fullManifest.findings.map(({ finding }) => finding).find(({ kind }) => kind === "noise") as Of<"noise">
const flipped = { ...noise, flagged: 69, treatment: "flip" }
const treatments: Finding = {
  kind: "treatments",
  treatment: "flip",
  nRows: 784,
  untouched: 784,
  weighted: 0,
  flipped: 0,
  removed: 0,
  meanWeight: 1
}

const read = async (...findings: ReadonlyArray<Finding>) => {
  const sections = noiseSections({
    ...emptyManifest,
    findings: findings.map((finding, i) => ({ stage: `stage ${i}`, finding }))
  })
  return textOf((await Promise.all(sections.map(({ body }) => Html.resolve(body, () => Promise.resolve(""))))).join(""))
}

describe("noiseSections", () => {
  it("noiseSections says what became of labels only where labels were treated, not pairs", async () => {
    assert.match(await read(flipped), /69 labels.* as suspect; they were turned round\./)
    for (const finding of [flipped, { ...noise, treatment: "keep" }]) {
      const text = await read(finding, treatments)
      assert.match(text, /as suspect; what was done goes by all labels on a pair/)
      assert.notMatch(text, /turned round|kept as they are/)
    }
  })
})
