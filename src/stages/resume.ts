import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Candidates } from "../../schemas/Candidate.ts"
import { Judgments } from "../../schemas/Judgment.ts"
import { Spans } from "../../schemas/Span.ts"
import { noting, reject, Rejection } from "../Rejects.ts"
import { each } from "../Stage.ts"
import { forEachCall } from "./askForRow.ts"
import { checkContinue, continueFrom, type ContinueOptions, type Point } from "./Continuing.ts"
import type { Subject } from "./Rewriting.ts"
import { subjectsOf } from "./subjectsOf.ts"

/** Which texts are left where, and how the model goes on. */
export interface ResumeOptions extends ContinueOptions {
  /** Places in a candidate's text from which it is continued, none to leave it alone; has to be pure. */
  readonly from: (subject: Subject) => ReadonlyArray<Point>
  /** What the new candidates are marked with. Default "continue", or "insert" where something was put in. */
  readonly operation?: string
}

/**
 * Adds candidates that begin like others and end in their own way: a text is left at a place, and the model goes on.
 *
 * A place is the character of a span or any other; a text can be put in there first, for instance a safer step. The new
 * candidate names its parent, counts the characters it shares with it, and has the feature `continuedAt`, where the model's own words begin.
 * The conversation is the prompt, as the user said it. An empty continuation is noted in the rejects, and so is a group in which no
 * place was found. Needs "prefix". Costs `n` calls for each place.
 */
export const resume = (options: ResumeOptions) => {
  checkContinue("resume", options)
  return each({
    name: "resume",
    needs: { id: Schema.String, prompt: Schema.String, ...Candidates },
    uses: { ...Spans, ...Judgments },
    gives: Candidates,
    config: { ...options, from: String(options.from) },
    callsPerRow: `${options.n ?? 1} × places`,
    capabilities: ["prefix"],
    row: (row, context) => {
      const places = subjectsOf(row, context, "resume").flatMap((subject) =>
        options.from(subject).map((point) => ({ point, parent: subject.candidate }))
      )
      if (places.length === 0) {
        return Effect.succeed(noting({ candidates: row.candidates }, [reject("resume: no place")]))
      }
      const one = ({ parent, point }: (typeof places)[number]) => {
        const operation = options.operation ?? (point.insert === undefined ? "continue" : "insert")
        return continueFrom({ row, parent, point, operation, context }, options)
      }
      return Effect.map(forEachCall(places, one), (made) => {
        const results = made.flat()
        const candidates = results.flatMap((result) => (result instanceof Rejection ? [] : [result.given.candidate]))
        const rejections = results.filter((result) => result instanceof Rejection)
        return noting({ candidates: [...row.candidates, ...candidates] }, rejections)
      })
    }
  })
}
