import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { JournalError } from "../Journal.ts"
import { noting, reject, Rejection } from "../Rejects.ts"
import type { StructuredOutcome } from "../services/askStructured.ts"
import type { LanguageModel } from "../services/LanguageModel.ts"
import type { LanguageModelError } from "../services/LanguageModelError.ts"
import type { Request, Task } from "../services/Provider.ts"
import { type Annotator, type FullAnnotator, fullAnnotators, judges } from "./Annotator.ts"
import { askForRow } from "./askForRow.ts"
import * as Evidence from "./Evidence.ts"
import * as Judging from "./Judging.ts"
import { problemOf } from "./problemOf.ts"

type Fields = Schema.Struct.Fields

/** Who is asked one question about each row, and what is shown besides. */
export interface AskedOnceOptions<F extends Fields, Row> {
  readonly annotator: Annotator
  /** Columns that functions of the row read; a pipeline without them does not compile. */
  readonly slots?: F
  /** Shown to the judge beside what it judges. Default nothing. */
  readonly evidence?: Evidence.Evidence<NoInfer<F>, Row>
  readonly maxTokens?: number
}

/** One question about each row with everything filled in. */
export interface AskedOnce {
  readonly annotator: FullAnnotator
  readonly maxTokens: number
  readonly evidence: Evidence.AnyEvidence | undefined
  readonly config: object
}

/** Fills in what is left open. Throws where evidence, or the text that is judged, is no slot. */
export const make = <F extends Fields, Row>(
  stage: string,
  options: AskedOnceOptions<F, Row> & { readonly of?: Evidence.AnyEvidence },
  usualTokens: number
): AskedOnce => {
  const { evidence, maxTokens = usualTokens, of, slots = {} } = options
  for (const one of [evidence, of]) Evidence.check(stage, slots, one)
  const annotator = fullAnnotators([options.annotator])[0]!
  return {
    annotator,
    maxTokens,
    evidence,
    config: {
      annotator,
      maxTokens,
      slots: Object.keys(slots),
      evidence: Evidence.describe(evidence),
      ...(of === undefined ? {} : { of: Evidence.describe(of) })
    }
  }
}

/**
 * Asks about one row and gives its columns: those of the answer, or of null where none could be had, with a note that says why.
 *
 * A row outside the annotator's share, or without text, is not asked about and has none, without a note. Temperature 0.
 */
export const columnsFor = <Answer, Columns>(
  { annotator, maxTokens }: AskedOnce,
  given: {
    readonly row: { readonly id: string }
    readonly seed: number
    readonly task: Task
    /** The question in words; null where there is nothing to judge. */
    readonly text: string | null
    readonly ask: (
      request: Request
    ) => Effect.Effect<StructuredOutcome<Answer>, LanguageModelError | JournalError, LanguageModel>
    readonly columns: (answer: Answer | null) => Columns
    /** What the columns are, for notes. */
    readonly what: string
  }
) => {
  const { ask, columns, row, seed, task, text, what } = given
  if (text === null || !judges(annotator, row.id, seed)) return Effect.succeed(noting(columns(null), []))
  const request = Judging.requestOf({ maxTokens, temperature: 0 }, { annotator, sample: 0 }, seed, task, text)
  return Effect.map(askForRow(ask(request)), (outcome) => {
    if (outcome instanceof Rejection) {
      return noting(columns(null), [reject(`${what}: ${outcome.reason}`, `${annotator.name}: ${outcome.detail}`)])
    }
    if (outcome.ok) return noting(columns(outcome.value), [])
    return noting(columns(null), [reject(`${what}: ${outcome.reason}`, `${annotator.name}: ${problemOf(outcome)}`)])
  })
}
