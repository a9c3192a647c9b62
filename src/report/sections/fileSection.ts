import type { WrittenFile } from "../../Sink.ts"
import { dataTable, numbers } from "../dataTable.ts"
import * as Figure from "../../Figure.ts"
import { holdsRows } from "../holdsRows.ts"
import { html } from "../Html.ts"
import type { Section } from "../Section.ts"

/** Lists the files of a run with rows, bytes and checksum. */
export const fileSection = (files: ReadonlyArray<WrittenFile>, outName: string): Section => ({
  id: "files",
  title: "Files",
  body:
    files.length === 0
      ? html`<p>No data file was written to <code>${outName}</code>.</p>`
      : html`<p>In <code>${outName}</code>, beside <code>manifest.json</code> with every number of this page.</p>
          ${dataTable({
            caption: "Files with rows, bytes and checksum",
            columns: [{ heading: "File" }, ...numbers("Rows", "Size"), { heading: "SHA-256" }],
            rows: files.map((file) => [
              file.path,
              holdsRows(file) ? Figure.count(file.rows) : "",
              Figure.bytes(file.bytes),
              html`<code>${file.sha256}</code>`
            ])
          })}`
})
