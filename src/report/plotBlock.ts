import type { Chart } from "./Chart.ts"
import { dataTable, type TableData } from "./dataTable.ts"
import { Html, html, type Part } from "./Html.ts"

/** A mark of a chart and what it stands for. */
export interface Key {
  readonly mark: "dot" | "bar" | "stroke" | "square" | "quiet" | "thin" | "dashes"
  readonly text: string
}

/** What `plotBlock` writes. */
export interface PlotBlock {
  /** Absent where the section has no other plot. */
  readonly title?: string
  /** How to read it, in a sentence or two. */
  readonly note: Part
  /** Null where there is nothing to draw. */
  readonly chart: Chart | null
  readonly keys?: ReadonlyArray<Key>
  /** Tables without rows are left out. */
  readonly tables: ReadonlyArray<TableData>
}

/** Writes a chart with its heading, how to read it, what its marks mean, and the same numbers as a table. */
export const plotBlock = ({ chart, keys = [], note, tables, title }: PlotBlock): Html =>
  html`<figure class="${title === undefined ? "plot untitled" : "plot"}">
    <figcaption>
      ${title === undefined ? Html.empty : html`<h3>${title}</h3>`}
      <p class="note">${note}</p>
    </figcaption>
    <div class="${chart === null ? "side single" : "side"}">
      ${chart === null ? Html.empty : html`<div class="canvas">${chart}${keyList(keys)}</div>`}
      <div class="tables">${tables.filter((table) => table.rows.length > 0).map(dataTable)}</div>
    </div>
  </figure> `

const keyList = (keys: ReadonlyArray<Key>): Html =>
  keys.length === 0
    ? Html.empty
    : html`<ul class="keys">
        ${keys.map((key) => html`<li><span class="key ${key.mark}"></span>${key.text}</li>`)}
      </ul>`
