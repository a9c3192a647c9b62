import { enrich } from "prefloom"
import { Schema } from "effect"

export const wordCount = enrich({
  name: "wordCount",
  needs: { prompt: Schema.String },
  gives: { nWords: Schema.Int },
  rows: (rows) => rows.map((row) => ({ nWords: row.prompt.split(/\s+/).length }))
})
