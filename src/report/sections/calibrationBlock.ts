import { calibrationChart } from "../charts/calibrationChart.ts"
import * as Figure from "../../Figure.ts"
import { numbers } from "../dataTable.ts"
import { html, type Html } from "../Html.ts"
import { plotBlock } from "../plotBlock.ts"
import type { FindingOf } from "../Section.ts"
import { sentence } from "../sentence.ts"

/** Shows whether the scorer's probabilities come true, or says that this is not known and why. */
export const calibrationBlock = ({ calibration, warnings }: FindingOf<"noise">): Html => {
  if (calibration === null) {
    const why = warnings.find((warning) => warning.code === "uncalibrated")?.message
    return html`<figure class="plot">
      <figcaption>
        <h3>Calibration</h3>
        <p class="note">
          Whether the scorer's probabilities come true is not known.${why === undefined ? "" : ` ${sentence(why)}`}
        </p>
      </figcaption>
    </figure> `
  }
  const { bins, eceAfter, eceBefore, nTrusted, temperature } = calibration
  const nature =
    temperature > 1.05 ? "it was too sure of itself" : temperature < 0.95 ? "it was too timid" : "it was about right"
  return plotBlock({
    title: "Calibration",
    note:
      `Do the scorer's probabilities come true? On ${Figure.counted(nTrusted, "trusted row")} (right order known) its score gaps were divided by a ` +
      `temperature of ${Figure.decimal(temperature)}, so ${nature}. The mean distance between probability and truth (ECE) went from ` +
      `${Figure.share(eceBefore)} to ${Figure.share(eceAfter)}. Points on the dashed line are what one wants.`,
    chart:
      bins.length === 0
        ? null
        : calibrationChart({
            title: `Reliability diagram after calibration: ${bins.map((bin) => `${Figure.share(bin.predicted)} given, ${Figure.share(bin.observed)} right`).join("; ")}`,
            bins
          }),
    keys: [
      { mark: "dot", text: "a bin, larger for more labels" },
      { mark: "dashes", text: "calibrated" }
    ],
    tables: [
      {
        caption: "Probability given and share that was right, by bin",
        columns: [{ heading: "Bin" }, ...numbers("Probability given", "Share right", "Labels")],
        rows: bins.map((bin, i) => [
          Figure.count(i + 1),
          Figure.share(bin.predicted),
          Figure.share(bin.observed),
          Figure.count(bin.count)
        ])
      }
    ]
  })
}
