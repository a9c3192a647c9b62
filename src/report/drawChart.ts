import type { Chart } from "./Chart.ts"
import { escapeHtml } from "./escapeHtml.ts"

/**
 * Draws a chart as one SVG element for a page.
 *
 * It is a single image to assistive technology, named by the title, and takes the width it is given. Vega escapes the texts
 * in it; they have to be visible text already. The modules of Vega are loaded by the first call. Deterministic.
 */
export const drawChart = (chart: Chart): Promise<string> =>
  Promise.all([import("vega"), import("vega-lite")])
    .then(([vega, vegaLite]) => {
      const view = new vega.View(vega.parse(vegaLite.compile(chart.spec).spec), { renderer: "none" })
      return view.toSVG().finally(() => view.finalize())
    })
    .then((svg) => {
      const viewBox = /viewBox="([\d. -]+)"/.exec(svg)?.[1] ?? "0 0 0 0"
      const inside = svg.slice(svg.indexOf(">") + 1)
      return `<svg class="chart" role="img" aria-label="${escapeHtml(chart.title)}" viewBox="${viewBox}">${inside}`
    })
