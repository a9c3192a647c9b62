import type { Manifest, ManifestStage } from "../../Manifest.ts"
import { barChart } from "../charts/barChart.ts"
import * as Figure from "../../Figure.ts"
import { numbers } from "../dataTable.ts"
import { html } from "../Html.ts"
import { plotBlock } from "../plotBlock.ts"
import type { Section } from "../Section.ts"

/** Shows how many rows went into each stage, came out of it and were rejected, and why. */
export const flowSection = (manifest: Manifest): Section => {
  const { stages } = manifest
  return {
    id: "flow",
    title: "Rows through the stages",
    body: plotBlock({
      note:
        "From the source down. What a row is changes on the way: a group (a prompt with all its answers) becomes pairs, so more rows may " +
        "come out than went in. Every rejected row is in rejects.parquet with its reason.",
      chart:
        stages.length === 0
          ? null
          : barChart({
              title: `Rows through the stages: ${stages.map((stage) => `${stage.key} ${noteOf(stage)}`).join("; ")}`,
              bars: stages.map((stage) => ({
                label: stage.key,
                note: noteOf(stage),
                parts: [
                  { value: stage.rowsOut, strong: true },
                  { value: nRejected(stage), strong: false }
                ],
                reference: isSource(stage) ? null : stage.rowsIn
              }))
            }),
      keys: [
        { mark: "bar", text: "out" },
        { mark: "quiet", text: "rejected" },
        { mark: "thin", text: "in" }
      ],
      tables: [
        {
          caption: "Rows in, out and rejected by reason, for every stage",
          columns: [{ heading: "Stage" }, ...numbers("In", "Out", "Rejected"), { heading: "Why" }],
          rows: stages.map((stage) => [
            stage.key,
            isSource(stage) ? "" : Figure.count(stage.rowsIn),
            Figure.count(stage.rowsOut),
            Figure.count(nRejected(stage)),
            Object.entries(stage.rejected)
              .toSorted((a, b) => b[1] - a[1])
              .map(([reason, n]) => html`<div><bdi>${reason}</bdi> ${Figure.count(n)}</div>`)
          ])
        }
      ]
    })
  }
}

const isSource = (stage: ManifestStage): boolean => stage.kind === "source"

const nRejected = (stage: ManifestStage): number => Object.values(stage.rejected).reduce((sum, n) => sum + n, 0)

const noteOf = (stage: ManifestStage): string => {
  const rejected = nRejected(stage)
  const out = `${Figure.count(stage.rowsOut)} out`
  return rejected === 0 ? out : `${out}, ${Figure.count(rejected)} rejected`
}
