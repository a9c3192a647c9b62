import { assert, describe, it } from "@effect/vitest"
import type { Finding } from "../../src/Findings.ts"
import { Html } from "../../src/report/Html.ts"
import { renderCard } from "../../src/report/renderCard.ts"
import { noiseSections } from "../../src/report/sections/noiseSections.ts"
import { cardFacts, emptyManifest, fullManifest, nasty } from "./fixture.ts"
import { markupProblem, textOf } from "./markup.ts"

type Noise = Extract<Finding, { readonly kind: "noise" }>

const noise = fullManifest.findings.map(({ finding }) => finding).find(({ kind }) => kind === "noise") as Noise

const audited: Noise = {
  ...noise,
  annotators: noise.annotators.map((one, k) =>
    k > 0
      ? one
      : {
          ...one,
          firstShare: 0.503,
          firstShareCi95: [0.4849, 0.5211],
          injected: [
            { errorType: "logic", nLabels: 40, right: 31 },
            { errorType: nasty.script, nLabels: 8, right: 8 }
          ]
        }
  ),
  votes: {
    alpha: 0.4321,
    nOverlapping: 1234,
    longerPreferred: { estimate: 0.617, ci95: [0.6, 0.634] },
    nDifferentLength: 3210
  }
}

const manifestOf = (finding: Finding) => ({ ...emptyManifest, findings: [{ stage: "audit", finding }] })

const read = async (finding: Finding) => {
  const pages = noiseSections(manifestOf(finding)).map(({ body }) => Html.resolve(body, () => Promise.resolve("")))
  const page = (await Promise.all(pages)).join("")
  assert.isNull(markupProblem(page))
  return textOf(page)
}

describe("voteBlocks", () => {
  it("voteBlocks shows agreement, length, injected errors and the interval of the first place", async () => {
    const text = await read(audited)
    for (const part of [
      "1,234 pairs have votes of two annotators or more",
      "alpha is 0.43",
      "61.7% (95% interval 60.0–63.4%) of 3,210 labels",
      "48.5–52.1%",
      "logic",
      "77.5%",
      "100.0%"
    ])
      assert.include(text, part)
  })

  it("voteBlocks says what is not known, and nothing about stages that are no audit", async () => {
    const votes = { alpha: null, nOverlapping: 0, longerPreferred: null, nDifferentLength: 0 }
    const text = await read({ ...audited, votes, annotators: noise.annotators })
    assert.include(text, "No pair has votes of two annotators, so agreement is not known.")
    assert.include(text, "there are no texts of different length")
    assert.notInclude(text, "Which injected errors are found")
    assert.notInclude(await read(noise), "Agreement and length")
  })

  it("voteBlocks' words are in the card as well", () => {
    const card = renderCard(manifestOf(audited), cardFacts)
    assert.include(card, "Krippendorff's alpha is 0.43")
    assert.include(card, "61.7% (95% interval 60.0–63.4%) of 3,210 labels")
    assert.notInclude(renderCard(manifestOf(noise), cardFacts), "Krippendorff")
  })
})
