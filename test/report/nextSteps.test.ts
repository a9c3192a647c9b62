import { assert, describe, it } from "@effect/vitest"
import type { Estimate, Finding } from "../../src/Findings.ts"
import type { Manifest } from "../../src/Manifest.ts"
import { nextSteps } from "../../src/report/nextSteps.ts"
import { emptyManifest, fullManifest } from "./fixture.ts"

const withNoise = (noiseRate: Estimate | null, treatment = "keep", meanLabelProb: number | null = null): Manifest => ({
  ...fullManifest,
  simulated: false,
  stages: [],
  findings: fullManifest.findings
    .slice(0, 3)
    .flatMap(({ finding, stage }) => changed(stage, finding, { noiseRate, treatment, meanLabelProb }))
})

const changed = (
  stage: string,
  finding: Finding,
  { meanLabelProb, ...noise }: { noiseRate: Estimate | null; treatment: string; meanLabelProb: number | null }
): Manifest["findings"] => {
  if (finding.kind === "noise") return [{ stage, finding: { ...finding, ...noise, annotators: [] } }]
  if (finding.kind !== "pairs") return []
  return [{ stage, finding: { ...finding, meanLabelProb, doubtful: 0, chosenLongerShare: 0.5 } }]
}

const codes = (manifest: Manifest) => nextSteps(manifest).flatMap((step) => step.code ?? [])

const titlesFor = (firstShare: number, orderAgreement: number | null) =>
  nextSteps({
    ...fullManifest,
    findings: fullManifest.findings.flatMap(({ finding, stage }) =>
      finding.kind === "noise"
        ? [
            {
              stage,
              finding: {
                ...finding,
                annotators: [{ ...finding.annotators[2]!, nLabels: 2000, firstShare, orderAgreement }]
              }
            }
          ]
        : []
    )
  }).map((step) => step.title)

describe("nextSteps", () => {
  it("nextSteps gives the loss the noise rate as it is estimated", () => {
    assert.deepStrictEqual(codes(withNoise({ estimate: 0.2178, ci95: [0.2, 0.23] })), [
      'DPOConfig(loss_type="robust", label_smoothing=0.22)'
    ])
    assert.deepStrictEqual(codes(withNoise({ estimate: 0.0412, ci95: [0.03, 0.05] })), [
      'DPOConfig(loss_type="robust", label_smoothing=0.041)'
    ])
  })

  it("nextSteps gives the loss the rate of the pairs, where labels were pooled into pairs", () => {
    const rate = { estimate: 0.2, ci95: [0.19, 0.21] as const }
    assert.deepStrictEqual(codes(withNoise(rate, "remove", 0.93)), [
      'DPOConfig(loss_type="robust", label_smoothing=0.070)'
    ])
    assert.deepStrictEqual(codes(withNoise(rate, "weight", 0.998)), [])
    assert.strictEqual(nextSteps(withNoise(rate, "weight", 0.998))[0]?.title, "Use the standard loss")
    assert.deepStrictEqual(codes(withNoise(rate, "remove")), ['DPOConfig(loss_type="robust", label_smoothing=0.20)'])
  })

  it("nextSteps tells no loss to expect that half of the pairs are wrong", () => {
    const spoilt = withNoise({ estimate: 0.2, ci95: [0.19, 0.21] }, "flip", 0.11)
    assert.deepStrictEqual(codes(spoilt), [])
    assert.strictEqual(nextSteps(spoilt)[0]?.title, "Do not train on these pairs")
  })

  it("nextSteps blames the order only for what plain errors do not explain", () => {
    const blamed = "Show the answers in both orders: chen"
    assert.notInclude(titlesFor(0.5, 0.67), blamed)
    assert.include(titlesFor(0.5, 0.55), blamed)
    assert.include(titlesFor(0.57, 0.67), blamed)
  })

  it("nextSteps does not blame the order where no comparison was shown in both", () => {
    const open = "Find out why the first answer wins more or less often than the second: chen"
    assert.notInclude(titlesFor(0.8, null), "Show the answers in both orders: chen")
    assert.include(titlesFor(0.8, null), open)
    assert.notInclude(titlesFor(0.51, null), open)
    assert.notInclude(titlesFor(0.8, 0.67), open)
  })

  it("nextSteps warns against training when most labels are wrong", () => {
    const steps = nextSteps(withNoise({ estimate: 0.5, ci95: [0.45, 0.54] }))
    assert.strictEqual(steps[0]?.title, "Do not train on these labels yet")
    assert.deepStrictEqual(codes(withNoise({ estimate: 0.5, ci95: [0.45, 0.54] })), [])
  })

  it("nextSteps asks for more labels when the interval is wide", () => {
    const titles = nextSteps(withNoise({ estimate: 0.3, ci95: [0.2, 0.4] })).map((step) => step.title)
    assert.include(titles, "Collect more labels")
  })

  it("nextSteps says so when the noise is not known", () => {
    assert.strictEqual(nextSteps(withNoise(null))[0]?.title, "Find out how noisy the labels are")
  })

  it("nextSteps speaks of what a stage rejected, and not of rows that a later stage had no use for", () => {
    const titles = (rowsOut: number, rejected: Readonly<Record<string, number>>) =>
      nextSteps({
        ...emptyManifest,
        stages: [{ ...fullManifest.stages[0]!, key: "generate", kind: "each", rowsIn: 300, rowsOut, rejected }]
      }).map(({ title }) => title)
    const title = "Look into what stage generate rejected"
    assert.notInclude(titles(10, {}), title)
    assert.notInclude(titles(10, { "no text": 5 }), title)
    assert.include(titles(200, { "no text": 90, refused: 10 }), title)
  })

  it("nextSteps always has something to say", () => {
    assert.deepStrictEqual(
      nextSteps({ ...emptyManifest, findings: [] }).map((step) => step.title),
      ["Read some rows"]
    )
  })
})
