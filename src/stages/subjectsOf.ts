import type { Candidate } from "../../schemas/Candidate.ts"
import type { Judgment } from "../../schemas/Judgment.ts"
import type { Span } from "../../schemas/Span.ts"
import type { StageContext } from "../Stage.ts"
import type { Subject } from "./Rewriting.ts"

/** What is read of a group. */
interface SubjectRow {
  readonly id: string
  readonly prompt: string
  readonly candidates: ReadonlyArray<Candidate>
  readonly spans?: ReadonlyArray<Span>
  readonly judgments?: ReadonlyArray<Judgment>
}

/** Each candidate with text, with its spans and the judgments about it alone; `operation` names its draws. */
export const subjectsOf = (row: SubjectRow, context: StageContext, operation: string): ReadonlyArray<Subject> =>
  row.candidates
    .filter(({ text }) => text.trim() !== "")
    .map((candidate) => ({
      prompt: row.prompt,
      candidate,
      spans: (row.spans ?? []).filter(({ candidateId }) => candidateId === candidate.id),
      judgments: (row.judgments ?? []).filter(({ firstId, secondId }) => firstId === candidate.id && secondId === null),
      draw: context.random(row.id, operation, candidate.id)
    }))
