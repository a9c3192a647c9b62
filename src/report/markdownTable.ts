import { escapeMarkdown } from "./escapeMarkdown.ts"

/** Writes a table in Markdown. Cells are escaped, headings are not; `numeric` names the columns that stand to the right. */
export const markdownTable = (
  headings: ReadonlyArray<string>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  numeric: ReadonlyArray<number> = []
): string =>
  [
    headings,
    headings.map((_, i) => (numeric.includes(i) ? "---:" : "---")),
    ...rows.map((cells) => cells.map(escapeMarkdown))
  ]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n")
