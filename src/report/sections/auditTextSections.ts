import type { NearCopies } from "../../cleaners/nearCopies.ts"
import type { TextCounts } from "../../cleaners/TextChecks.ts"
import type { TextEvidence } from "../../cleaners/textEvidence.ts"
import { collapsible } from "../collapsible.ts"
import * as Figure from "../../Figure.ts"
import { numbers } from "../dataTable.ts"
import { Html, html } from "../Html.ts"
import { plotBlock } from "../plotBlock.ts"
import type { Section } from "../Section.ts"

/** A label that the texts speak against. */
export interface DoubtfulLabel {
  readonly prompt: string
  /** The answer recorded as better, and the other one. */
  readonly chosen: string
  readonly rejected: string
  readonly annotator: string
  /** Score of the first less that of the second, in logits. */
  readonly gap: number
}

/** What an audit found out about texts. */
export interface TextFindings {
  /** Null where the data have no texts. */
  readonly counts: TextCounts | null
  /** Null where the data have no texts. */
  readonly copies: NearCopies | null
  /** Null where votes or scores already tell, or there are no texts. */
  readonly evidence: TextEvidence | null
  /** Rising by gap; none where texts have no signal. */
  readonly doubtful: ReadonlyArray<DoubtfulLabel>
}

/** Writes what an audit says about texts: repetitions, contradictions and leaks, and which labels the texts speak against. */
export const auditTextSections = (findings: TextFindings, nPairs: number): ReadonlyArray<Section> => [
  ...(findings.counts === null ? [] : [checks(findings.counts, findings.copies, nPairs)]),
  ...(findings.evidence === null ? [] : [ranking(findings.evidence, findings.doubtful, nPairs)])
]

const checks = (counts: TextCounts, copies: NearCopies | null, nPairs: number): Section => {
  const { nContradicting, nDuplicates, nLeaked, nLeakedPrompts, nAlmostSameTexts, nSameTexts, splits } = counts
  const rows: ReadonlyArray<readonly [string, number]> = [
    ["Compare a text with itself", nSameTexts],
    ["Compare texts that only white space or the coding of accents tells apart", nAlmostSameTexts],
    ["Repeat an earlier label of the same annotator", nDuplicates],
    ["Are contradicted by another label of the same annotator", nContradicting],
    ["Have a prompt that is in more than one split", nLeaked]
  ]
  return {
    id: "texts",
    title: "Texts",
    body: plotBlock({
      note:
        splits.length < 2
          ? "Texts are compared without regard to white space. No two splits are named, so leaks between them are not looked for."
          : `Texts are compared without regard to white space. ${Figure.counted(nLeakedPrompts, "prompt")} ${nLeakedPrompts === 1 ? "is" : "are"} in more than one of the splits ${splits.join(", ")}.`,
      chart: null,
      tables: [
        {
          caption: "Labels whose texts are at odds with others; posteriors.parquet flags each",
          columns: [{ heading: "Labels that" }, ...numbers("Number")],
          rows: rows.map(([what, n]) => [what, Figure.count(n)])
        },
        ...(copies === null ? [] : [nearCopiesTable(copies, nPairs)])
      ]
    })
  }
}

const nearCopiesTable = ({ contradicting, copies, nPairs }: NearCopies, nAll: number) => ({
  caption: `Pairs whose texts are nearly those of another one${nPairs < nAll ? `, among ${Figure.count(nPairs)} of ${Figure.count(nAll)} pairs` : ""}`,
  columns: [{ heading: "Pairs that" }, ...numbers("Number")],
  rows: [
    ["Share most of their word sequences with another pair", Figure.count(copies.size)],
    ["Do so and say the opposite", Figure.count(contradicting.size)]
  ]
})

const ranking = (evidence: TextEvidence, doubtful: ReadonlyArray<DoubtfulLabel>, nAll: number): Section => {
  const { accuracy, hasSignal, lower, nPairs, upper } = evidence
  const compared =
    nPairs === 0
      ? "There are too few prompts to learn from some and look at others."
      : `A model that learns from the texts of other pairs agrees with ${Figure.share(accuracy)} of ${Figure.counted(nPairs, "label")} that it never saw (95% interval ${Figure.share(lower)} to ${Figure.share(upper)}).`
  const sampled =
    evidence.gap.size === 0 || evidence.gap.size >= nAll
      ? ""
      : `It looked at ${Figure.count(evidence.gap.size)} of ${Figure.counted(nAll, "pair")}; the labels on the others are not ranked.`
  return {
    id: "doubtful",
    title: "What the texts speak against",
    body: html`<p>
        ${compared} ${sampled}
        ${
          hasSignal
            ? "That beats a coin, so the labels it disagrees with most are worth reading first. This ranks labels and does not measure how many are wrong: labels that texts explain badly and labels that are wrong look the same to it, and habits that the labels share it takes for right."
            : "That cannot be told from a coin, so the texts say nothing about which labels are wrong, and none is marked."
        }
      </p>
      ${doubtful.slice(0, shown).map(article)}
      ${
        doubtful.length > shown
          ? html`<details class="more">
              <summary>${Figure.count(doubtful.length - shown)} more</summary>
              ${doubtful.slice(shown).map((label, i) => article(label, shown + i))}
            </details>`
          : Html.empty
      }`
  }
}

const shown = 4

const article = ({ annotator, chosen, gap, prompt, rejected }: DoubtfulLabel, i: number): Html =>
  html`<article>
    <h4>
      ${i + 1}. The other answer scores ${Figure.decimal(-gap)} logits more.
      ${annotator === "" ? Html.empty : html`Labelled by <bdi>${annotator}</bdi>.`}
    </h4>
    <div class="prompt">${collapsible([{ text: prompt, marked: false }])}</div>
    <div class="versus">
      <div>
        <h4>Recorded as better</h4>
        ${collapsible([{ text: chosen, marked: false }])}
      </div>
      <div>
        <h4>Recorded as worse</h4>
        ${collapsible([{ text: rejected, marked: false }])}
      </div>
    </div>
  </article> `
