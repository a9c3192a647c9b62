import * as Schema from "effect/Schema"

/**
 * What a tool found: the answer of a search, a detector, a captioner.
 *
 * `query` is what it was asked. `candidateId` is the candidate the query was made from, null where it was made from the prompt.
 */
export const ToolFinding = Schema.Struct({
  tool: Schema.String,
  candidateId: Schema.NullOr(Schema.String),
  query: Schema.String,
  text: Schema.String
})
export type ToolFinding = typeof ToolFinding.Type

/** The column of what tools found about a prompt and its candidates. */
export const ToolFindings = { toolFindings: Schema.Array(ToolFinding) } as const
