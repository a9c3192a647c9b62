import type { AnnotatorFinding, Estimate } from "../../Findings.ts"
import { dotChart } from "../charts/dotChart.ts"
import * as Figure from "../../Figure.ts"
import { numbers } from "../dataTable.ts"
import { type Html, html } from "../Html.ts"
import { plotBlock } from "../plotBlock.ts"
import type { FindingOf } from "../Section.ts"
import { sentence } from "../sentence.ts"
import { whyUnknown } from "./whyUnknown.ts"

/** Shows how far each annotator can be trusted, and whether the order of the answers sways them. */
export const annotatorBlocks = (finding: FindingOf<"noise">): Html => {
  const annotators = finding.annotators.toSorted(byReliability)
  if (annotators.length === 0) return html`<p class="note">No annotator is known by name.</p>`
  return html`${reliabilityBlock(annotators, finding)}${orderBlock(annotators)}`
}

/** Least reliable first, those not known last. */
const byReliability = (a: AnnotatorFinding, b: AnnotatorFinding): number =>
  (a.reliability?.estimate ?? 2) - (b.reliability?.estimate ?? 2) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

const nameOf = ({ id }: AnnotatorFinding): string => (id === "" ? "(no name)" : id)

const drawn = 24

const drawnNote = (nAll: number): string =>
  nAll > drawn ? ` The chart shows the ${drawn} least reliable of ${Figure.count(nAll)}.` : ""

const reliabilityBlock = (annotators: ReadonlyArray<AnnotatorFinding>, finding: FindingOf<"noise">): Html => {
  const known = annotators.filter((one) => one.reliability !== null || one.planted !== null)
  const planted = annotators.some((one) => one.planted !== null)
  const lowest = Math.min(...known.map((one) => Math.min(one.reliability?.ci95[0] ?? 1, one.planted ?? 1)))
  const why = known.length === 0 ? whyUnknown(finding) : undefined
  return plotBlock({
    title: "Reliability of each annotator",
    note:
      known.length === 0
        ? `The share of right labels is not known for any annotator.${why === undefined ? "" : ` ${sentence(why)}`}`
        : `The share of an annotator's labels that are right, with its 95% interval. At 50% labels are worth no more than coin flips.${drawnNote(known.length)}`,
    chart:
      known.length === 0
        ? null
        : dotChart({
            title: `Reliability of ${Figure.counted(known.length, "annotator")} with 95% intervals`,
            axis: "Share of labels that are right",
            rows: known.slice(0, drawn).map((one) => ({
              label: nameOf(one),
              value: one.reliability?.estimate ?? null,
              interval: one.reliability?.ci95 ?? null,
              truth: one.planted
            })),
            ticks: lowest >= 0.4 ? [0.4, 0.6, 0.8, 1] : [0, 0.25, 0.5, 0.75, 1],
            reference: 0.5
          }),
    keys: [
      { mark: "dot", text: "estimate, 95% interval" },
      ...(planted ? [{ mark: "stroke", text: "planted" } as const] : []),
      { mark: "dashes", text: "coin" }
    ],
    tables: [
      {
        caption: "Reliability of each annotator",
        columns: [
          { heading: "Annotator" },
          ...numbers("Labels", "Reliability", "95% interval", ...(planted ? ["Planted"] : []))
        ],
        rows: annotators.map((one) => [
          nameOf(one),
          Figure.count(one.nLabels),
          Figure.share(one.reliability?.estimate ?? null),
          Figure.interval(one.reliability),
          ...(planted ? [Figure.share(one.planted)] : [])
        ])
      }
    ]
  })
}

const orderBlock = (annotators: ReadonlyArray<AnnotatorFinding>): Html => {
  const known = annotators.filter((one) => one.firstShare !== null || one.orderAgreement !== null)
  const hasIntervals = annotators.some((one) => one.firstShareCi95 !== undefined)
  return plotBlock({
    title: "Does the order of the answers matter?",
    note:
      known.length === 0
        ? "How the order in which answers are shown sways the annotators is not known: too few comparisons record it."
        : "How often the answer shown first was preferred (half the time, where the order was drawn at random and does not matter), and how often the verdicts agree " +
          `when both orders were shown. Ties are left out.${drawnNote(known.length)}`,
    chart:
      known.length === 0
        ? null
        : dotChart({
            title: `Share of comparisons in which the first answer was preferred, and agreement of both orders, for ${Figure.counted(known.length, "annotator")}`,
            axis: "Share of comparisons",
            rows: known.slice(0, drawn).map((one) => ({
              label: nameOf(one),
              value: one.firstShare,
              interval: one.firstShareCi95 ?? null,
              truth: null,
              other: one.orderAgreement
            })),
            ticks: [0, 0.25, 0.5, 0.75, 1],
            reference: 0.5
          }),
    keys: [
      { mark: "dot", text: `first answer preferred${hasIntervals ? ", 95% interval" : ""}` },
      { mark: "square", text: "both orders agree" },
      { mark: "dashes", text: "half" }
    ],
    tables: [
      {
        caption: "Order effects, ties and unreadable answers of each annotator",
        columns: [
          { heading: "Annotator" },
          ...numbers(
            "First preferred",
            ...(hasIntervals ? ["95% interval"] : []),
            "Both orders agree",
            "Ties",
            "Unreadable"
          )
        ],
        rows: annotators.map((one) => [
          nameOf(one),
          Figure.share(one.firstShare),
          ...(hasIntervals ? [Figure.interval(firstShareOf(one))] : []),
          Figure.share(one.orderAgreement),
          Figure.count(one.ties),
          Figure.count(one.invalid)
        ])
      }
    ]
  })
}

const firstShareOf = ({ firstShare, firstShareCi95 }: AnnotatorFinding): Estimate | null =>
  firstShare === null || firstShareCi95 === undefined ? null : { estimate: firstShare, ci95: firstShareCi95 }
