import type { VoteColumns } from "../cleaners/VoteTable.ts"
import type { VoteAudit } from "../cleaners/auditVotes.ts"
import type { Manifest } from "../Manifest.ts"
import { nobody } from "./auditFinding.ts"
import * as Figure from "../Figure.ts"
import { numbers } from "./dataTable.ts"
import { type Html, html } from "./Html.ts"
import { plotBlock } from "./plotBlock.ts"
import { renderPage } from "./renderPage.ts"
import type { FindingOf, Section } from "./Section.ts"
import { auditTextSections, type TextFindings } from "./sections/auditTextSections.ts"
import { nextSection } from "./sections/nextSection.ts"
import { noiseSections } from "./sections/noiseSections.ts"
import { suspectSection } from "./sections/suspectSection.ts"
import { warningSection } from "./sections/warningSection.ts"
import { sentence } from "./sentence.ts"

/** What the page says about an audit besides its numbers. */
export interface AuditFacts {
  readonly files: ReadonlyArray<string>
  /** Which columns were taken as what. */
  readonly said: string
  readonly format: string
  /** Rows with a vote. */
  readonly nRows: number
  /** How many rows could not be read for which reason. */
  readonly reasons: ReadonlyArray<readonly [reason: string, rows: number]>
  readonly texts: TextFindings
  readonly prefloom: string
}

/**
 * Writes the report of an audit: how noisy the labels are and how sure that is, who can be trusted, what contradicts itself, and
 * the most suspect rows, as one page that needs nothing else. All texts of the data are escaped.
 */
export const renderAudit = (
  audit: VoteAudit,
  columns: VoteColumns,
  finding: FindingOf<"noise">,
  facts: AuditFacts
): Promise<string> => {
  const manifest = manifestOf(finding, facts)
  const suspects = suspectSection(manifest)
  return renderPage({
    title: `${facts.files[0] ?? "Audit"}: Prefloom audit`,
    head: head(audit, columns, facts),
    sections: [
      warningSection(manifest),
      nextSection(manifest),
      ...noiseSections(manifest),
      agreementSection(audit, columns),
      biasSection(audit),
      cycleSection(audit),
      ...auditTextSections(facts.texts, audit.nPairs),
      ...(suspects === null ? [] : [suspects])
    ],
    foot: html`Written by Prefloom ${facts.prefloom}. This page is complete in itself: it loads nothing and runs no
    script.`
  })
}

/** The sections of the report read findings from a manifest. */
const manifestOf = (finding: FindingOf<"noise">, facts: AuditFacts): Manifest => ({
  prefloom: facts.prefloom,
  pipeline: "audit",
  pipelineHash: "",
  seed: 0,
  limit: null,
  simulated: false,
  provider: null,
  notice: null,
  stages: [],
  rowsOut: null,
  findings: [{ stage: "audit", finding }],
  columns: {},
  files: [],
  libraries: {}
})

const head = (audit: VoteAudit, columns: VoteColumns, { files, format, nRows, reasons, said }: AuditFacts): Html => {
  const stats: ReadonlyArray<readonly [string, string]> = [
    ["Rows", Figure.count(nRows)],
    ["Pairs", Figure.count(audit.nPairs)],
    ["Labels", Figure.count(audit.nLabels)],
    ["Annotators", Figure.count(columns.annotators.length)],
    ["Wrong labels", audit.noiseRate === null ? Figure.notKnown : Figure.share(audit.noiseRate.estimate)]
  ]
  return html`<p class="eyebrow">Prefloom audit</p>
    <h1><bdi>${files.length === 1 ? files[0]! : `${files.length} files`}</bdi></h1>
    <dl class="facts">
      <div>
        <dt>Read as</dt>
        <dd><bdi>${format}</bdi></dd>
      </div>
      <div>
        <dt>Columns</dt>
        <dd><bdi>${said}</bdi></dd>
      </div>
      ${
        reasons.length === 0
          ? ""
          : html`<div>
              <dt>Rejected</dt>
              <dd>
                ${Figure.counted(sumOf(reasons), "row")} that could not be read, left out of all numbers:
                ${reasons.map(([reason, n]) => `${Figure.count(n)} ${reason}`).join(", ")}. They are in
                <code>rejects.parquet</code>.
              </dd>
            </div>`
      }
    </dl>
    <dl class="stats">
      ${stats.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`
      )}
    </dl> `
}

const sumOf = (reasons: AuditFacts["reasons"]): number => reasons.reduce((sum, [, n]) => sum + n, 0)

const mostInMatrix = 20

const agreementSection = ({ agreement, alpha, fit, nOverlapping }: VoteAudit, columns: VoteColumns): Section => {
  const n = columns.annotators.length
  const shown = [...columns.annotators.keys()]
    .toSorted((a, b) => fit.nLabels[b]! - fit.nLabels[a]! || a - b)
    .slice(0, mostInMatrix)
  const nameOf = (k: number) => columns.annotators[k] ?? nobody
  return {
    id: "agreement",
    title: "Agreement",
    body: plotBlock({
      note:
        nOverlapping === 0
          ? "No pair has votes of two annotators, so agreement is not known."
          : `${Figure.counted(nOverlapping, "pair")} have votes of two annotators or more. Krippendorff's alpha is ${Figure.decimal(alpha)}: 1 is perfect agreement, 0 that of coins. It is over the two answers of a pair in an order made of their texts or names, so that it does not change with the column that each stands in; over columns it would be another number where one column wins more often. The table gives the share of pairs on which two annotators agree, and how many pairs that is.${n > mostInMatrix ? ` It shows the ${mostInMatrix} of ${Figure.count(n)} annotators who judged most.` : ""}`,
      chart: null,
      tables:
        nOverlapping === 0
          ? []
          : [
              {
                caption: "Share of pairs on which two annotators agree",
                columns: [{ heading: "Annotator" }, ...numbers(...shown.map((k) => nameOf(k)))],
                rows: shown.map((a) => [
                  nameOf(a),
                  ...shown.map((b) => {
                    const at = a * n + b
                    const both = agreement.nBoth[at]!
                    return both === 0 || a === b
                      ? "–"
                      : `${Figure.share(agreement.agreement[at]!)} of ${Figure.count(both)}`
                  })
                ])
              }
            ]
    })
  }
}

const biasSection = ({ lengthBias, nPairs, nSameTexts, nTies, nUnreadable }: VoteAudit): Section => {
  const rows: ReadonlyArray<readonly [string, string]> = [
    ["Ties", Figure.count(nTies)],
    ["Votes whose winner could not be read", Figure.count(nUnreadable)],
    ["Votes that compare a text with itself", Figure.count(nSameTexts)],
    ["Pairs", Figure.count(nPairs)]
  ]
  const longer =
    lengthBias.nPairs === 0
      ? "Whether longer answers are preferred is not known: there are no texts of different length."
      : `The longer answer is preferred in ${Figure.share(lengthBias.longerChosen)} of ${Figure.counted(lengthBias.nPairs, "label")} (95% interval ${Figure.share(lengthBias.lower)} to ${Figure.share(lengthBias.upper)}). That is no error by itself: longer answers can be better.`
  return {
    id: "habits",
    title: "Length and other habits",
    body: plotBlock({
      note: longer,
      chart: null,
      tables: [
        {
          caption: "Votes without a winner, and other counts",
          columns: [{ heading: "What" }, ...numbers("Number")],
          rows: rows.map((row) => [...row])
        }
      ]
    })
  }
}

const cycleSection = ({ cycles }: VoteAudit): Section => ({
  id: "cycles",
  title: "Cycles",
  body:
    cycles === null
      ? html`<p>
          No prompt has three answers that were all compared with each other, so nothing can go round in circles.
        </p>`
      : html`<p>
          Of ${Figure.count(cycles.nTriples)} triples of answers to one prompt, ${Figure.count(cycles.nCyclic)}
          (${Figure.share(cycles.share)}) go round: A beats B, B beats C, C beats A. Honest judges of close answers show
          ${Figure.share(cycles.honest.sd1)}, ${Figure.share(cycles.honest.sd2)} or ${Figure.share(cycles.honest.sd4)},
          where the answers' scores have a standard deviation of 1, 2 or 4 logits. If errors alone made them, the error
          rate would be ${Figure.share(cycles.errorRateAtMost)}: an upper bound.
          ${sentence("Errors and closeness cannot be told apart here")}
        </p>`
})
