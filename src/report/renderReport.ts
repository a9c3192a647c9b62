import type { Manifest } from "../Manifest.ts"
import type { WrittenFile } from "../Sink.ts"
import * as Figure from "../Figure.ts"
import { exportedRows } from "./exportedRows.ts"
import { rowsRead } from "./rowsRead.ts"
import { Html, html } from "./Html.ts"
import { renderPage } from "./renderPage.ts"
import { findingsOf } from "./Section.ts"
import { cleaningSections } from "./sections/cleaningSections.ts"
import { fileSection } from "./sections/fileSection.ts"
import { flowSection } from "./sections/flowSection.ts"
import { injectionSections } from "./sections/injectionSections.ts"
import { methodSection } from "./sections/methodSection.ts"
import { nextSection } from "./sections/nextSection.ts"
import { noiseSections } from "./sections/noiseSections.ts"
import { pairSections } from "./sections/pairSections.ts"
import { suspectSection } from "./sections/suspectSection.ts"
import { warningSection } from "./sections/warningSection.ts"
import { warningsOf } from "./warningsOf.ts"

/** What the report says about a run besides its manifest. */
export interface ReportFacts {
  readonly files: ReadonlyArray<WrittenFile>
  /** Name of the output folder, for the reader. */
  readonly outName: string
}

/**
 * Writes `report.html`: what a run did, what it found about the labels, and what to do next, as one page that needs nothing else.
 *
 * All texts of the data are escaped. A number that is null is called not known, with the reason where a warning gives one.
 * Equal arguments give equal text. The chart modules are loaded on the first call, which takes some 0.4 s.
 */
export const renderReport = (manifest: Manifest, facts: ReportFacts): Promise<string> => {
  const suspects = suspectSection(manifest)
  return renderPage({
    title: `${manifest.pipeline}: Prefloom report`,
    head: head(manifest),
    sections: [
      warningSection(manifest),
      nextSection(manifest),
      flowSection(manifest),
      ...noiseSections(manifest),
      ...cleaningSections(manifest),
      ...injectionSections(manifest),
      ...pairSections(manifest),
      ...(suspects === null ? [] : [suspects]),
      fileSection(facts.files, facts.outName),
      methodSection(manifest)
    ],
    foot: html`Written by Prefloom ${manifest.prefloom}. This page is complete in itself: it loads nothing and runs no
    script.`
  })
}

const head = (manifest: Manifest): Html => {
  const { limit, provider, seed } = manifest
  const facts: ReadonlyArray<readonly [string, string]> = [
    ["Seed", String(seed)],
    ["Provider", provider === null ? "none: no model was asked" : provider.name],
    ...(provider === null || provider.models.length === 0 ? [] : [["Models", provider.models.join(", ")] as const]),
    ["Rows taken", limit === null ? "all" : `the first ${Figure.count(limit)}`]
  ]
  return html`<p class="eyebrow">Prefloom report</p>
    <h1><bdi>${manifest.pipeline}</bdi></h1>
    <dl class="facts">
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd><bdi>${value}</bdi></dd>
          </div>`
      )}
    </dl>
    ${banner(manifest)}
    <dl class="stats">${stats(manifest)}</dl> `
}

const banner = ({ notice, simulated }: Manifest): Html => {
  if (!simulated && notice === null) return Html.empty
  return html`<div class="banner" role="note">
    <p>${simulated ? html`<strong>This is a simulation.</strong> ` : Html.empty}${notice ?? madeUp}</p>
  </div>`
}

const madeUp =
  "No real model was asked: every answer and every judgment was made up, with a truth that is known. The numbers tell how " +
  "well the pipeline finds what was planted. They say nothing about a model, an annotator or real data."

const stats = (manifest: Manifest): ReadonlyArray<Html> => {
  const noise = findingsOf(manifest, "noise")[0]?.finding
  const exported = exportedRows(manifest)
  const nWarnings = warningsOf(manifest).reduce((sum, group) => sum + group.messages.length, 0)
  const tiles: Array<readonly [name: string, value: string, aside: string]> = [
    ["Rows in", Figure.count(rowsRead(manifest)), "from the source"],
    ["Rows out", Figure.count(manifest.rowsOut), "from the last stage"],
    ...(exported === null ? [] : [["Rows written", Figure.count(exported.rowsOut), `as ${exported.format}`] as const])
  ]
  if (noise !== undefined) {
    const { flagged, nLabels, noiseRate, plantedNoiseRate } = noise
    tiles.push([
      "Wrong labels, estimated",
      Figure.share(noiseRate?.estimate ?? null),
      [
        ...(noiseRate === null ? [] : [`95% interval ${Figure.interval(noiseRate)}`]),
        ...(plantedNoiseRate === null ? [] : [`planted ${Figure.share(plantedNoiseRate)}`])
      ].join("; ")
    ])
    tiles.push(["Labels flagged", Figure.count(flagged), `of ${Figure.count(nLabels)}`])
  }
  tiles.push(["Warnings", Figure.count(nWarnings), nWarnings === 0 ? "" : "read them first"])
  return tiles.map(
    ([name, value, aside]) =>
      html`<div><dt>${name}</dt><dd${value === Figure.notKnown ? html` class="unknown"` : Html.empty}>${value}</dd>${
        aside === "" ? Html.empty : html`<dd class="aside">${aside}</dd>`
      }</div>`
  )
}
