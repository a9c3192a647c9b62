import { assert, describe, it } from "@effect/vitest"
import type { Manifest } from "../../src/Manifest.ts"
import { renderReport } from "../../src/report/renderReport.ts"
import { emptyManifest, exportManifest, fullManifest, nasty } from "./fixture.ts"
import { markupProblem, textOf } from "./markup.ts"

const render = (manifest: Manifest) => renderReport(manifest, { files: manifest.files, outName: "out/quickstart" })

/** Text of one section, by its id. */
const section = (page: string, id: string): string => {
  const start = page.indexOf(`<section id="${id}"`)
  assert.isAtLeast(start, 0, `there is no section ${id}`)
  return textOf(page.slice(start, page.indexOf("</section>", start)))
}

describe("renderReport", () => {
  it("renderReport writes a page whose tags are nested and quoted", async () => {
    assert.isNull(markupProblem(await render(fullManifest)))
    assert.isNull(markupProblem(await render(emptyManifest)))
  })

  it("renderReport lets no text of the data become markup", async () => {
    const page = await render(fullManifest)
    assert.notMatch(page, /<script|<img|<\/textarea|onerror="/i)
    assert.strictEqual(page.split("<style").length, 2)
    assert.strictEqual(page.split("</title>").length, 2)
    assert.include(textOf(page), nasty.script)
    assert.include(textOf(page), nasty.closing)
  })

  it("renderReport makes control characters and direction overrides visible", async () => {
    const page = await render(fullManifest)
    assert.notMatch(page, /(?![\t\n])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u)
    assert.isTrue(page.isWellFormed())
    assert.include(page, "safe [U+202E]txt.exe[U+202C]")
    assert.include(page, "[U+001B][31m")
  })

  it("renderReport needs nothing from outside and runs no script", async () => {
    const page = await render(fullManifest)
    assert.include(page, "default-src 'none'")
    assert.notMatch(page, /<(?:script|iframe|object|embed|base|form)\b|@import|url\(/i)
    for (const [, target] of page.matchAll(/(?:src|href|xlink:href)="([^"]*)"/g)) {
      assert.match(target!, /^(?:#[\w-]+|data:,)$/)
    }
  })

  it("renderReport gives the same text for the same run", async () => {
    assert.strictEqual(await render(fullManifest), await render(fullManifest))
  })

  it("renderReport names every chart and draws it from the colours of the page", async () => {
    const page = await render(fullManifest)
    const charts = [...page.matchAll(/<svg\b([^>]*)>([^]*?)<\/svg>/g)]
    assert.isAtLeast(charts.length, 7)
    for (const [, attributes, inside] of charts) {
      assert.match(attributes!, /role="img" aria-label="[^"]{10,}" viewBox="0 0 340 \d+"/)
      assert.notMatch(inside!, /NaN|Infinity|undefined|#[0-9a-f]{3,6}"/i)
    }
  })

  it("renderReport says that a simulation is one", async () => {
    assert.include(textOf(await render(fullManifest)), "This is a simulation. Every answer in this run is simulated.")
    assert.include(
      textOf(await render({ ...fullManifest, notice: null })),
      "This is a simulation. No real model was asked"
    )
    assert.notInclude(textOf(await render(emptyManifest)), "simulation")
  })

  it("renderReport says how many rows were written where the format decides it, and warns first where none was", async () => {
    const some = textOf(await render(exportManifest(164, 136)))
    assert.match(some, /Rows out 300 from the last stage Rows written 164 as helpsteer Warnings 0/)
    const none = await render(exportManifest(0, 300))
    assert.match(textOf(none), /Rows written 0 as helpsteer Warnings 1 read them first/)
    assert.match(section(none, "warnings"), /Nothing was written.*helpsteer could hold none of 300 rows/s)
    assert.notInclude(textOf(await render(fullManifest)), "Rows written")
  })

  it("renderReport puts the estimate beside the planted noise", async () => {
    const noise = section(await render(fullManifest), "noise")
    assert.include(noise, "Estimated at 21.8% (95% interval 20.3–23.3%); 21.4% were planted.")
    assert.include(noise, "emil 2,868 60.2% 57.6–62.8% 59.8%")
    assert.include(noise, "went from 8.3% to 1.7%")
  })

  it("renderReport calls null not known, with the reason, and never zero", async () => {
    const page = await render(emptyManifest)
    const noise = section(page, "noise")
    assert.include(
      noise,
      "The share of wrong labels is not known. The scorer gives both orders the same chance on every row."
    )
    assert.include(
      noise,
      "Whether the scorer's probabilities come true is not known. No temperature was fitted on trusted rows."
    )
    assert.include(noise, "0 labels not known not known not known")
    assert.include(section(page, "pairs"), "bestWorst 0 0 not known not known not known")
    assert.include(section(page, "pairs-of-pairs"), "stronger side not known")
    assert.notInclude(textOf(page), "0.0%")
    assert.notMatch(textOf(page), /\bnull\b|NaN|undefined|Infinity/)
  })

  it("renderReport says what to do with the numbers", async () => {
    const next = section(await render(fullManifest), "next")
    assert.include(next, 'DPOConfig(loss_type="robust", label_smoothing=0.11)')
    assert.include(next, "Instruct again, or replace: dunja, emil")
    assert.include(next, `Look for swapped sides: ${nasty.script}`)
    assert.include(next, "Add more trusted rows")
  })

  it("renderReport shows a long text in part and leaves nothing else out", async () => {
    const page = await render(fullManifest)
    assert.include(page, "<summary>Show 4,")
    assert.isAtLeast(page.split("Donaudampf").length, 2 * 147)
  })

  it("renderReport marks what differs between two versions of a text", async () => {
    const page = await render(fullManifest)
    assert.include(page, "You should buy <mark>96</mark> tiles.")
    assert.include(page, "You should buy <mark>106</mark> tiles.")
  })

  it("renderReport lists every file with its checksum", async () => {
    const files = section(await render(fullManifest), "files")
    for (const file of fullManifest.files) assert.include(files, file.sha256)
    assert.include(files, "rejects.parquet 491 31.2 kB")
  })

  it("renderReport draws the least reliable of many annotators and tabulates all", async () => {
    const annotators = Array.from({ length: 227 }, (_, i) => ({
      id: `person-${i}`,
      nLabels: 180,
      reliability: { estimate: 0.5 + i / 500, ci95: [0.45 + i / 500, 0.55 + i / 500] as const },
      planted: null,
      firstShare: 0.5,
      orderAgreement: null,
      ties: 0,
      invalid: 0
    }))
    const manifest: Manifest = {
      ...fullManifest,
      findings: fullManifest.findings.map(({ finding, stage }) => ({
        stage,
        finding: finding.kind === "noise" ? { ...finding, annotators } : finding
      }))
    }
    const page = await render(manifest)
    assert.isNull(markupProblem(page))
    const noise = section(page, "noise")
    assert.include(noise, "The chart shows the 24 least reliable of 227.")
    assert.include(noise, "203 more rows")
    assert.include(noise, "person-226 180 95.2%")
  })
})
