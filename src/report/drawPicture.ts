import type { Chart } from "./Chart.ts"
import { drawChart } from "./drawChart.ts"

/**
 * Draws a chart as an SVG file of its own, on white and in fixed colours, so that it can be read wherever it is shown.
 *
 * A page that shows it as an image lends it neither fonts nor colours, and its own light or dark setting need not be the reader's.
 * Deterministic.
 */
export const drawPicture = (chart: Chart): Promise<string> =>
  drawChart(chart).then((svg) => {
    const [, , plotWidth = 0, plotHeight = 0] = (/viewBox="([\d. -]+)"/.exec(svg)?.[1] ?? "").split(" ").map(Number)
    const width = plotWidth + 2 * margin
    const height = plotHeight + 2 * margin
    const inColour = svg
      .replaceAll(/var\(--([a-z]+)\)/g, (_, name: string) => colours[name] ?? "#000000")
      .replaceAll('font-family="inherit"', `font-family="${fonts}"`)
    const end = inColour.indexOf(">") + 1
    const head = inColour
      .slice(0, end - 1)
      .replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ')
      .replace(/viewBox="[^"]*"/, `viewBox="${-margin} ${-margin} ${width} ${height}"`)
    const paper = `<rect x="${-margin}" y="${-margin}" width="${width}" height="${height}" fill="${colours["paper"]!}"/>`
    return `${head} width="${width * 1.5}" height="${height * 1.5}">${paper}${inColour.slice(end)}\n`
  })

/** White on all sides, in pixels of the chart. */
const margin = 10

/** Those of the report in its light setting. */
const colours: Readonly<Record<string, string>> = {
  paper: "#ffffff",
  line: "#dce1e6",
  quiet: "#8793a0",
  soft: "#565e69",
  ink: "#1a1d21",
  accent: "#0b6b8f"
}

const fonts = "system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, Noto Sans, Liberation Sans, sans-serif"
