/** Says what to do where data have no column of a name, as a part of a sentence that begins with a semicolon; nothing where it goes without saying. */
export const absentRemedy = (column: string | null): string =>
  column === "id"
    ? '; of data without ids take the columns without "id", such as { prompt: Schema.String }, and put identify({ prompt: Schema.String }) behind the source'
    : ""
