import { readOwnPackage } from "../OwnPackage.ts"
import { dotChart } from "../report/charts/dotChart.ts"
import * as Figure from "../report/Figure.ts"
import { type Html, html } from "../report/Html.ts"
import { plotBlock } from "../report/plotBlock.ts"
import { renderPage } from "../report/renderPage.ts"
import type { Section } from "../report/Section.ts"
import type { BenchMethodResult, BenchResult, BenchScenario } from "./BenchResult.ts"

/** Writes the page of the benchmark: for each kind and rate of noise three plots with their numbers. Deterministic. */
export const renderBenchPage = (result: BenchResult): Promise<string> =>
  renderPage({
    title: "Cleaners on planted noise: Prefloom",
    head: html`<p class="eyebrow">Prefloom benchmark</p>
      <h1>Cleaners on planted noise</h1>
      <p class="note">
        Simulated data with known truth, seed ${result.seed}: ${Figure.counted(result.pairs, "pair")},
        ${Figure.count(result.trustedPairs)} trusted ones and ${Figure.count(result.heldOutPairs)} clean ones held out.
        Every text, score and vote is made up, so only differences between cleaners mean something.
      </p>`,
    sections: result.scenarios.map(sectionOf),
    foot: html`Written by Prefloom ${readOwnPackage().version}. This page is complete in itself: it loads nothing and
    runs no script.`
  })

const sectionOf = (scenario: BenchScenario): Section => ({
  id: `${scenario.kind}-${String(scenario.rate).replace(".", "-")}`,
  title: `Noise ${scenario.kind}, rate ${scenario.rate}`,
  body: html`<p class="note">
      ${Figure.counted(scenario.nWrong, "label")} wrong. Rules that take a budget flag as many rows.
      ${scenario.leftOut.map(({ method, reason }) => `Left out: ${method}: ${reason}. `)}
    </p>
    ${findingBlock(scenario)}${modelBlock(scenario)}${rateBlock(scenario)}`
})

const nameOf = ({ method, treatment }: BenchMethodResult): string => {
  if (treatment === "keep" || /-[RF]$/.test(method)) return method
  return `${method} (${treatment === "softLabel" ? "soft" : treatment})`
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
        value: one.auroc,
        interval: null,
        truth: null,
        other: one.precision
      })),
      ticks,
      reference: 0.5
    }),
    keys: [
      { mark: "dot", text: "AUROC" },
      { mark: "square", text: "precision" },
      { mark: "dashes", text: "coin" }
    ],
    tables: [
      {
        caption: "How well each cleaner finds wrong labels",
        columns: [
          { heading: "Cleaner" },
          ...["Flagged", "Precision", "Recall", "AUROC"].map((heading) => ({ heading, numeric: true }))
        ],
        rows: found.map((one) => [
          one.method,
          Figure.count(one.flagged),
          Figure.share(one.precision),
          Figure.share(one.recall),
          Figure.share(one.auroc)
        ])
      }
    ]
  })
}

const modelBlock = ({ methods }: BenchScenario): Html => {
  const noisy = methods.find(({ method }) => method === "Noisy labels")!.accuracy
  return plotBlock({
    title: "What does a reward model learn from the result?",
    note: "Share of clean, unseen pairs that the embedded reward model orders rightly, and the share of wrong labels left. The dashed line is training on the noisy labels as they are.",
    chart: dotChart({
      title: `Accuracy of a reward model after ${methods.length} treatments`,
      axis: "Share",
      rows: methods.map((one) => ({
        label: nameOf(one),
        value: one.accuracy,
        interval: null,
        truth: null,
        other: one.noiseLeft
      })),
      ticks,
      reference: noisy
    }),
    keys: [
      { mark: "dot", text: "accuracy" },
      { mark: "square", text: "noise left" },
      { mark: "dashes", text: "noisy labels" }
    ],
    tables: [
      {
        caption: "What each cleaner leaves, and what a reward model learns from it",
        columns: [
          { heading: "Cleaner" },
          ...["Noise left", "Rows lost", "Accuracy"].map((heading) => ({ heading, numeric: true }))
        ],
        rows: methods.map((one) => [
          nameOf(one),
          Figure.share(one.noiseLeft),
          Figure.count(one.rowsLost),
          Figure.share(one.accuracy)
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
    note: "Estimated share of wrong labels with its 95% interval, where the method gives one, and the planted share.",
    chart: dotChart({
      title: `Noise rates estimated by ${known.length} methods`,
      axis: "Share of labels that are wrong",
      rows: known.map(({ ci95, error, estimate, method }) => ({
        label: method,
        value: estimate,
        interval: ci95,
        truth: estimate - error
      })),
      ticks,
      reference: null
    }),
    keys: [
      { mark: "dot", text: "estimate, 95% interval" },
      { mark: "stroke", text: "planted" }
    ],
    tables: [
      {
        caption: "Estimated noise rates",
        columns: [
          { heading: "Method" },
          ...["Estimate", "95% interval", "Planted"].map((heading) => ({ heading, numeric: true }))
        ],
        rows: known.map(({ ci95, error, estimate, method }) => [
          method,
          Figure.share(estimate),
          ci95 === null ? "none" : `${Figure.share(ci95[0])} to ${Figure.share(ci95[1])}`,
          Figure.share(estimate - error)
        ])
      }
    ]
  })
}
