import * as Figure from "../Figure.ts"
import { Html, html, type Part } from "./Html.ts"

/** A column: its heading, and whether its cells are numbers. */
export interface TableColumn {
  readonly heading: string
  readonly numeric?: boolean
}

/** Columns of numbers with these headings. */
export const numbers = (...headings: ReadonlyArray<string>): ReadonlyArray<TableColumn> =>
  headings.map((heading) => ({ heading, numeric: true }))

/** What `dataTable` writes; the first cell of a row names the row. */
export interface TableData {
  /** Read out before the table, not shown. */
  readonly caption: string
  readonly columns: ReadonlyArray<TableColumn>
  readonly rows: ReadonlyArray<ReadonlyArray<Part>>
}

/**
 * Writes a table that scrolls inside its own box when it is wider than the page.
 *
 * Rows after the first 24 wait behind a disclosure. A cell that is not known is set back in tone.
 */
export const dataTable = ({ caption, columns, rows }: TableData): Html => {
  const box = (some: ReadonlyArray<ReadonlyArray<Part>>) =>
    html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}">
      <table class="${rows.length > 12 ? "dense" : "roomy"}">
        <caption>
          ${caption}
        </caption>
        <thead>
          <tr>
            ${columns.map((column) => html`<th scope="col" ${column.numeric === true ? numeric : Html.empty}>${column.heading}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${some.map(
            (cells) =>
              html`<tr>
                ${cells.map((cell, i) => tableCell(cell, i, columns[i]?.numeric === true))}
              </tr> `
          )}
        </tbody>
      </table>
    </div> `
  if (rows.length <= shown) return box(rows)
  return html`${box(rows.slice(0, shown))}
    <details class="more">
      <summary>${Figure.count(rows.length - shown)} more rows</summary>
      ${box(rows.slice(shown))}
    </details> `
}

const shown = 24
const numeric = html` class="num"`

const tableCell = (cell: Part, index: number, isNumeric: boolean): Html => {
  if (index === 0) return html`<th scope="row"><bdi>${cell}</bdi></th>`
  if (cell === Figure.notKnown) return html`<td class="${isNumeric ? "num unknown" : "unknown"}">${cell}</td>`
  return html`<td${isNumeric ? numeric : Html.empty}>${cell}</td>`
}
