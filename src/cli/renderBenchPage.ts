import { readOwnPackage } from "../OwnPackage.ts"
import { dotChart } from "../report/charts/dotChart.ts"
import * as Figure from "../Figure.ts"
import { numbers } from "../report/dataTable.ts"
import { type Html, html } from "../report/Html.ts"
import { plotBlock } from "../report/plotBlock.ts"
import { renderPage } from "../report/renderPage.ts"
import type { Section } from "../report/Section.ts"
import type { BenchMethodResult, BenchResult, BenchScenario, BenchSpread } from "./BenchResult.ts"

/** Writes the page of the benchmark: for each kind and rate of noise three plots, and one of coverage, with their numbers. Deterministic. */
export const renderBenchPage = (result: BenchResult): Promise<string> =>
  renderPage({
    title: "Cleaners on planted noise: Prefloom",
    head: html`<p class="eyebrow">Prefloom benchmark</p>
      <h1>Cleaners on planted noise</h1>
      <p class="note">
        Simulated data with known truth, seed ${result.seed}, ${Figure.counted(result.draws, "draw")} of each kind and
        rate: ${Figure.counted(result.pairs, "pair")}, ${Figure.count(result.trustedPairs)} trusted ones and
        ${Figure.count(result.heldOutPairs)} clean ones held out. Every text, score and vote is made up, so only
        differences between cleaners mean something. Figures are means over draws.
      </p>`,
    sections: [coverageSection(result), ...result.scenarios.map(sectionOf)],
    foot: html`Written by Prefloom ${readOwnPackage().version}. This page is complete in itself: it loads nothing and
    runs no script.`
  })

const sectionOf = (scenario: BenchScenario): Section => ({
  id: `${scenario.kind}-${String(scenario.rate).replace(".", "-")}`,
  title: `Noise ${scenario.kind}, rate ${scenario.rate}`,
  body: html`<p class="note">
      ${Figure.counted(Math.round(scenario.nWrong.mean), "label")} wrong. Rules that take a budget flag as many rows.
      ${scenario.leftOut.map(({ method, reason }) => `Left out: ${method}: ${reason}. `)}
    </p>
    ${findingBlock(scenario)}${modelBlock(scenario)}${rateBlock(scenario)}`
})

const nameOf = ({ method, treatment }: BenchMethodResult): string => {
  if (treatment === "keep" || /-[RF]$/.test(method)) return method
  return `${method} (${treatment === "softLabel" ? "soft" : treatment})`
}

/** The mean with one standard deviation between draws on each side; null for a single draw. */
const spreadOf = ({ mean, sd }: BenchSpread): readonly [number, number] | null =>
  sd === null ? null : [mean - sd, mean + sd]

const meanOf = (figure: BenchSpread | null): Figure.Figure => figure?.mean ?? null

const deviation = ({ sd }: BenchSpread): string => (sd === null ? "–" : Figure.share(sd))

const coverageSection = ({ draws, noiseRates, scenarios }: BenchResult): Section => {
  const known = noiseRates.flatMap((one) => (one.coverage === null ? [] : [{ ...one, coverage: one.coverage }]))
  return {
    id: "coverage",
    title: "Noise rates over all draws",
    body: plotBlock({
      title: "Do 95% intervals hold the planted share?",
      note: `Share of intervals that hold it, over ${Figure.counted(draws * scenarios.length, "draw")}, with the 95% Wilson interval of that share. The dashed line is 95%.`,
      chart: dotChart({
        title: `Coverage of 95% intervals of ${known.length} methods`,
        axis: "Share of intervals that hold the planted share",
        rows: known.map(({ coverage, method }) => ({
          label: method,
          value: coverage.rate,
          interval: coverage.ci95,
          truth: null
        })),
        ticks,
        reference: 0.95
      }),
      keys: [
        { mark: "dot", text: "coverage, 95% interval" },
        { mark: "dashes", text: "95%" }
      ],
      tables: [
        {
          caption: "Errors of estimated noise rates",
          columns: [{ heading: "Method" }, ...numbers("Mean", "Deviation", "Root mean square")],
          rows: noiseRates.map(({ error, method, rootMeanSquare }) => [
            method,
            Figure.share(error.mean),
            deviation(error),
            Figure.share(rootMeanSquare)
          ])
        },
        {
          caption: "Intervals that hold the planted share",
          columns: [{ heading: "Method" }, ...numbers("Held", "Share", "95% interval")],
          rows: known.map(({ coverage, method }) => [
            method,
            `${coverage.nCovering} of ${coverage.nIntervals}`,
            Figure.share(coverage.rate),
            `${Figure.share(coverage.ci95[0])} to ${Figure.share(coverage.ci95[1])}`
          ])
        }
      ]
    })
  }
}

const ticks = [0, 0.25, 0.5, 0.75, 1]

const findingBlock = ({ methods }: BenchScenario): Html => {
  const found = methods.filter(({ auroc, treatment }) => auroc !== null && treatment === "remove")
  return plotBlock({
    title: "Are the wrong labels found?",
    note: "How well the score ranks wrong labels below right ones (AUROC), and the share of flagged rows that are wrong.",
    chart: dotChart({
      title: `AUROC and precision of ${found.length} cleaners`,
      axis: "Share",
      rows: found.map((one) => ({
        label: one.method,
        value: meanOf(one.auroc),
        interval: one.auroc === null ? null : spreadOf(one.auroc),
        truth: null,
        other: meanOf(one.precision)
      })),
      ticks,
      reference: 0.5
    }),
    keys: [
      { mark: "dot", text: "AUROC, one standard deviation between draws" },
      { mark: "square", text: "precision" },
      { mark: "dashes", text: "coin" }
    ],
    tables: [
      {
        caption: "How well each cleaner finds wrong labels",
        columns: [{ heading: "Cleaner" }, ...numbers("Flagged", "Precision", "Recall", "AUROC")],
        rows: found.map((one) => [
          one.method,
          Figure.count(Math.round(one.flagged.mean)),
          Figure.share(meanOf(one.precision)),
          Figure.share(meanOf(one.recall)),
          Figure.share(meanOf(one.auroc))
        ])
      }
    ]
  })
}

const modelBlock = ({ methods }: BenchScenario): Html => {
  const noisy = methods.find(({ method }) => method === "Noisy labels")!.accuracy.mean
  return plotBlock({
    title: "What does a reward model learn from the result?",
    note: "Share of clean, unseen pairs that the embedded reward model orders rightly, and the share of wrong labels left. The dashed line is training on the noisy labels as they are.",
    chart: dotChart({
      title: `Accuracy of a reward model after ${methods.length} treatments`,
      axis: "Share",
      rows: methods.map((one) => ({
        label: nameOf(one),
        value: one.accuracy.mean,
        interval: spreadOf(one.accuracy),
        truth: null,
        other: one.noiseLeft.mean
      })),
      ticks,
      reference: noisy
    }),
    keys: [
      { mark: "dot", text: "accuracy, one standard deviation between draws" },
      { mark: "square", text: "noise left" },
      { mark: "dashes", text: "noisy labels" }
    ],
    tables: [
      {
        caption: "What each cleaner leaves, and what a reward model learns from it",
        columns: [{ heading: "Cleaner" }, ...numbers("Noise left", "Rows lost", "Accuracy", "Deviation")],
        rows: methods.map((one) => [
          nameOf(one),
          Figure.share(one.noiseLeft.mean),
          Figure.count(Math.round(one.rowsLost.mean)),
          Figure.share(one.accuracy.mean),
          deviation(one.accuracy)
        ])
      }
    ]
  })
}

const rateBlock = ({ methods }: BenchScenario): Html => {
  const known = methods.flatMap((one) =>
    one.noiseRate === null || one.treatment !== "remove" ? [] : [{ method: one.method, ...one.noiseRate }]
  )
  return plotBlock({
    title: "Is the noise rate estimated rightly?",
    note: "Estimated share of wrong labels with one standard deviation between draws, and the planted share.",
    chart: dotChart({
      title: `Noise rates estimated by ${known.length} methods`,
      axis: "Share of labels that are wrong",
      rows: known.map(({ error, estimate, method }) => ({
        label: method,
        value: estimate.mean,
        interval: spreadOf(estimate),
        truth: estimate.mean - error.mean
      })),
      ticks,
      reference: null
    }),
    keys: [
      { mark: "dot", text: "estimate, one standard deviation between draws" },
      { mark: "stroke", text: "planted" }
    ],
    tables: [
      {
        caption: "Estimated noise rates",
        columns: [{ heading: "Method" }, ...numbers("Estimate", "Deviation", "Planted", "Intervals that hold")],
        rows: known.map(({ coverage, error, estimate, method }) => [
          method,
          Figure.share(estimate.mean),
          deviation(estimate),
          Figure.share(estimate.mean - error.mean),
          coverage === null ? "none" : `${coverage.nCovering} of ${coverage.nIntervals}`
        ])
      }
    ]
  })
}
