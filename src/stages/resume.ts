import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Candidate, Candidates } from "../../schemas/Candidate.ts"
import { Judgments } from "../../schemas/Judgment.ts"
import { type Span, Spans } from "../../schemas/Span.ts"
import { type TokenEntropy, TokenEntropies } from "../../schemas/TokenEntropy.ts"
import type { JournalError } from "../Journal.ts"
import { noting, reject, Rejection } from "../Rejects.ts"
import type { LanguageModel } from "../services/LanguageModel.ts"
import type { LanguageModelError } from "../services/LanguageModelError.ts"
import { each, type RowOf, type Stage, type StageContext } from "../Stage.ts"
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

/** Which spans of a chain are its peaks. */
export interface Peaks {
  /** Places of each chain. Default 3. */
  readonly top?: number
  /** Spans that can be a peak, for instance the text behind a tool's result. Default: all. */
  readonly where?: (span: Span) => boolean
  /** The feature of a span that is highest at a peak. Default "peakEntropyNats". */
  readonly by?: string
}

/** Chains that are left where the model was least decided. */
export interface ResumeAtPeaksOptions extends ContinueOptions {
  readonly peaks: Peaks
  /** What the new candidates are marked with. Default "branch". */
  readonly operation?: string
  /** Tokens asked for at each place of a continuation, 0 to 20, for its own entropies. Default 20. */
  readonly alternatives?: number
}

type Asked = RowOf<{ id: typeof Schema.String; prompt: typeof Schema.String } & typeof Candidates>
type Resuming<Needs, Gives> = Stage<Needs, Gives, true, LanguageModelError | JournalError, LanguageModel>

/** Makes a stage that continues texts from places of one's own, or from the peaks of chains. */
export interface Resume {
  (options: ResumeOptions): Resuming<Asked, RowOf<typeof Candidates>>
  (
    options: ResumeAtPeaksOptions
  ): Resuming<Asked & RowOf<typeof Spans & typeof TokenEntropies>, RowOf<typeof Candidates & typeof TokenEntropies>>
}

/**
 * Adds candidates that begin like others and end in their own way: a text is left at a place, and the model goes on.
 *
 * A place is the character of a span or any other; a text can be put in there first, for instance a safer step. The new
 * candidate names its parent, counts the characters it shares with it, and has the feature `continuedAt`, where the model's own words begin.
 * The conversation is the prompt, as the user said it. An empty continuation is noted in the rejects, and so is a group in which no
 * place was found. Needs "prefix". Costs `n` calls for each place.
 *
 * `resume({ peaks: { top: 3 }, n: 3 })` branches chains, the candidates without a parent, behind `generate` with `alternatives` and `segment`:
 * of the spans of a chain the `top` ones by their feature are taken, the earlier one among equals, and the chain is left where the
 * peak lies (`peakEnd`; the start of a span that has none). A place at the very end is none. The entropies of the new texts join
 * the column, those before the place taken from the chain. Needs "topLogProbs" besides; costs at most `top` × `n` calls a chain.
 *
 * Source of branching: the entropy-guided sampler of Tool-Light, which takes 3 places and 3 branches at tool-call steps;
 * https://arxiv.org/abs/2509.23285. That the opening of highest entropy stays in the prefix is our reading.
 */
export const resume: Resume = (options: ResumeOptions | ResumeAtPeaksOptions) => {
  checkContinue("resume", options)
  return "peaks" in options ? atPeaks(options) : fromPlaces(options)
}

const asked = { id: Schema.String, prompt: Schema.String, ...Candidates }

const fromPlaces = (options: ResumeOptions) =>
  each({
    name: "resume",
    needs: asked,
    uses: { ...Spans, ...Judgments },
    gives: Candidates,
    config: { ...options, from: String(options.from) },
    callsPerRow: `${options.n ?? 1} × places`,
    capabilities: ["prefix"],
    row: (row, context) => {
      const places = subjectsOf(row, context, "resume").flatMap((subject) =>
        options.from(subject).map((point): Place => {
          const operation = options.operation ?? (point.insert === undefined ? "continue" : "insert")
          return { parent: subject.candidate, point, operation }
        })
      )
      return Effect.map(continued(row, context, places, options), ({ made, notes }) =>
        noting({ candidates: [...row.candidates, ...made.map(({ candidate }) => candidate)] }, notes)
      )
    }
  })

const atPeaks = (options: ResumeAtPeaksOptions) => {
  const { alternatives = 20, n = 1, operation = "branch", peaks } = options
  const { by = "peakEntropyNats", top = 3, where = () => true } = peaks
  if (!Number.isInteger(top) || top < 1) {
    throw new RangeError(`Cannot resume: found top ${top}, expected a positive integer`)
  }
  return each({
    name: "resume",
    needs: { ...asked, ...Spans, ...TokenEntropies },
    gives: { ...Candidates, ...TokenEntropies },
    config: { ...options, alternatives, n, operation, peaks: { by, top, where: String(where) } },
    callsPerRow: `${top} × ${n} × chains`,
    capabilities: ["prefix", "topLogProbs"],
    row: (row, context) => {
      const { candidates, tokenEntropies } = row
      const places = subjectsOf(row, context, "resume")
        .filter(({ candidate }) => candidate.parentId === null)
        .flatMap(({ candidate: parent, spans }) =>
          spans
            .flatMap((span) => {
              const value = featureOf(span, by)
              const at = featureOf(span, "peakEnd") ?? span.start
              return value === undefined || !where(span) || at >= parent.text.length ? [] : [{ value, at }]
            })
            .toSorted((a, b) => b.value - a.value)
            .slice(0, top)
            .map(({ at }): Place => ({
              parent,
              point: { at },
              operation,
              topLogProbs: alternatives,
              known: tokenEntropies.find(({ candidateId }) => candidateId === parent.id)
            }))
        )
      return Effect.map(continued(row, context, places, options), ({ made, notes }) =>
        noting(
          {
            candidates: [...candidates, ...made.map(({ candidate }) => candidate)],
            tokenEntropies: [...tokenEntropies, ...made.flatMap(({ entropy }) => entropy ?? [])]
          },
          notes
        )
      )
    }
  })
}

/** A place in a candidate's text, and what is known of the text before it. */
interface Place {
  readonly parent: Candidate
  readonly point: Point
  readonly operation: string
  readonly topLogProbs?: number
  readonly known?: TokenEntropy | undefined
}

/** What the model made from all places of a row, and notes on what is missing. */
const continued = (
  row: RowOf<typeof asked>,
  context: StageContext,
  places: ReadonlyArray<Place>,
  options: ContinueOptions
) => {
  if (places.length === 0) return Effect.succeed({ made: [], notes: [reject("resume: no place")] })
  return Effect.map(
    forEachCall(places, (place) => continueFrom({ row, context, ...place }, options)),
    (answers) => {
      const results = answers.flat()
      return {
        made: results.flatMap((result) => (result instanceof Rejection ? [] : [result.given])),
        notes: results.flatMap((result) => (result instanceof Rejection ? [result] : result.notes))
      }
    }
  )
}

const featureOf = (span: Span, name: string): number | undefined =>
  span.features.find((feature) => feature.name === name)?.value
