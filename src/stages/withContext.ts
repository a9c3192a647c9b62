import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Candidate, Candidates } from "../../schemas/Candidate.ts"
import { type ToolFinding, ToolFindings } from "../../schemas/ToolFinding.ts"
import { noting, reject, Rejection } from "../Rejects.ts"
import { each } from "../Stage.ts"
import { forEachCall } from "./askForRow.ts"

/** A tool: a query in, what was found out; several findings are several texts. */
export type Tool<R = never> = (query: string) => Effect.Effect<string | ReadonlyArray<string>, unknown, R>

/** Which tools are asked what. */
export interface WithContextOptions<R = never> {
  /** Tools by name; each is asked each query once. */
  readonly tools: Readonly<Record<string, Tool<R>>>
  /**
   * Makes a candidate's text the query, for instance to search for what a thought needs; null leaves it out. Default: the
   * prompt is the only query.
   */
  readonly ofCandidate?: (candidate: Candidate) => string | null
}

/**
 * Attaches what tools find about a prompt, or about its candidates: evidence for a judge, or context for a template.
 *
 * Findings are appended to those that are there. A tool that fails is noted in the rejects with what it said, and the group goes on.
 * Unlike the answers of models those of tools are in no journal: a run that is resumed asks them again, and gives the same
 * bytes where they give the same answer. Costs no model call.
 */
export const withContext = <R = never>(options: WithContextOptions<R>) => {
  const tools = Object.entries(options.tools)
  if (tools.length === 0) throw new Error("Cannot attach context: found no tool, expected one or more")
  const { ofCandidate } = options
  return each({
    name: "withContext",
    needs: { id: Schema.String, prompt: Schema.String },
    uses: { ...Candidates, ...ToolFindings },
    gives: ToolFindings,
    config: {
      tools: Object.fromEntries(tools.map(([name, tool]) => [name, String(tool)])),
      ofCandidate: ofCandidate === undefined ? null : String(ofCandidate)
    },
    row: (row) => {
      const queries =
        ofCandidate === undefined
          ? [{ candidateId: null, query: row.prompt }]
          : (row.candidates ?? []).flatMap((candidate) => {
              const query = ofCandidate(candidate)
              return query === null ? [] : [{ candidateId: candidate.id, query }]
            })
      const asked = queries.flatMap((query) => tools.map(([name, tool]) => ({ ...query, name, tool })))
      const one = ({ candidateId, name, query, tool }: (typeof asked)[number]) =>
        Effect.match(tool(query), {
          onFailure: (error) => reject(`${name} failed`, error instanceof Error ? error.message : String(error)),
          onSuccess: (found): ReadonlyArray<ToolFinding> =>
            [found].flat().map((text) => ({ tool: name, candidateId, query, text }))
        })
      return Effect.map(forEachCall(asked, one), (answers) => {
        const found = answers.flatMap((answer) => (answer instanceof Rejection ? [] : answer))
        const failed = answers.filter((answer) => answer instanceof Rejection)
        return noting({ toolFindings: [...(row.toolFindings ?? []), ...found] }, failed)
      })
    }
  })
}
