import type { AnnotatorFinding } from "../../Findings.ts"
import * as Figure from "../../Figure.ts"
import { numbers } from "../dataTable.ts"
import { type Html, html } from "../Html.ts"
import { plotBlock } from "../plotBlock.ts"
import type { FindingOf } from "../Section.ts"
import { votesInWords } from "../votesInWords.ts"

/** Shows what an audit says of all votes: agreement, length, and who finds injected errors. Nothing for other stages. */
export const voteBlocks = (finding: FindingOf<"noise">): Html => {
  if (finding.votes === undefined) return html``
  return html`${plotBlock({
    title: "Agreement and length",
    note: votesInWords(finding.votes).join(" "),
    chart: null,
    tables: []
  })}${injectedBlock(finding.annotators)}`
}

const injectedBlock = (annotators: ReadonlyArray<AnnotatorFinding>): Html => {
  const rows = annotators.flatMap(({ id, injected = [] }) =>
    injected.map(({ errorType, nLabels, right }) => [
      id === "" ? "(no name)" : id,
      errorType,
      Figure.count(nLabels),
      Figure.share(right / nLabels)
    ])
  )
  if (rows.length === 0) return html``
  return plotBlock({
    title: "Which injected errors are found",
    note: "Comparisons of a text with itself after an error was put in on purpose. Found is the share in which the text without the error was preferred; half is what coins would find.",
    chart: null,
    tables: [
      {
        caption: "Injected errors found by each annotator",
        columns: [{ heading: "Annotator" }, { heading: "Error" }, ...numbers("Labels", "Found")],
        rows
      }
    ]
  })
}
