import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Candidate, Candidates, originalAnswer } from "../../schemas/Candidate.ts"
import { Judgments } from "../../schemas/Judgment.ts"
import { Spans } from "../../schemas/Span.ts"
import { editSimilarity } from "../corruptions/editSimilarity.ts"
import type { Invariant } from "../corruptions/Invariant.ts"
import { metaCommentary } from "../corruptions/metaCommentary.ts"
import { normaliseWhitespace } from "../corruptions/normaliseWhitespace.ts"
import { sharedPrefix } from "../math/sharedPrefix.ts"
import { noting, reject, Rejection, separate } from "../Rejects.ts"
import { contentId } from "../Seed.ts"
import { spliceText } from "../segments/spliceText.ts"
import { LanguageModel } from "../services/LanguageModel.ts"
import type { Completion, Message, Request, Task } from "../services/Provider.ts"
import { each } from "../Stage.ts"
import { askForRow, forEachCall } from "./askForRow.ts"
import { refuseAnswer } from "./refuseAnswer.ts"
import type { Edit, Rewriting, Subject } from "./Rewriting.ts"
import { spentOnThinking } from "./spentOnThinking.ts"
import { subjectsOf } from "./subjectsOf.ts"

/** What is rewritten how, and what has to hold afterwards. */
export interface RewriteOptions {
  /** The way: `Rewriting.byCritique()`, `Rewriting.insert({ … })`, or one of your own. */
  readonly by: Rewriting
  /** Which candidates with text are rewritten. Default: those that were made from no other one. */
  readonly where?: (subject: Subject) => boolean
  /** What every new text has to have kept of the old one. Default: nothing. */
  readonly keeps?: ReadonlyArray<Invariant>
  /** Versions that are asked for before an edit is given up; each after the first is told what was wrong. Default 2. */
  readonly tries?: number
  /** New candidates for each edit that asks a model. Default 1; more need a temperature above 0 to differ. */
  readonly n?: number
  /** What the new texts are. Default: what the old one is. */
  readonly kind?: string
  /** The model that rewrites. Default: the provider's own. */
  readonly model?: string
  /** Default 0. */
  readonly temperature?: number
  /** Default 1,024. */
  readonly maxTokens?: number
  /** Takes answers that decline as texts. Default false: they are noted in the rejects. */
  readonly allowRefusals?: boolean
}

/**
 * Adds candidates that are made from others: revised, degraded, with a piece put in, replaced, taken out or cut off.
 *
 * A new candidate names its parent and the operation, and counts the characters it shares with its parent at the start. Among its
 * features are `direction` (1 expected better, −1 worse, 0 neither) and, where a part of the text was edited, `editStart` and `editEnd` in the
 * new text. Every new text is checked: empty, unchanged but for white space, cut off, declined or against `keeps`. What fails is asked
 * again with the problem, then noted in the rejects, and the group goes on; so it does where nothing is there to rewrite.
 * Costs at most `tries` × `n` calls for each edit; edits whose text is known cost none.
 */
export const rewrite = (options: RewriteOptions) => rewriteAs("rewrite", options)

/** The same stage under another name. */
export const rewriteAs = (name: string, options: RewriteOptions) => {
  const { by, keeps = [], maxTokens = 1024, n = 1, temperature = 0, tries = 2 } = options
  const where = options.where ?? isOriginal
  for (const [limit, value] of Object.entries({ n, tries })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(`Cannot ${name}: found ${limit} ${value}, expected a positive integer`)
    }
  }
  return each({
    name,
    needs: { id: Schema.String, prompt: Schema.String, ...Candidates },
    uses: { ...Spans, ...Judgments },
    gives: Candidates,
    config: {
      operation: by.operation,
      direction: by.direction,
      by: by.config,
      where: String(where),
      tries,
      n,
      temperature,
      maxTokens,
      keeps: keeps.map(({ name: kept }) => kept),
      kind: options.kind ?? null,
      model: options.model ?? null,
      allowRefusals: options.allowRefusals ?? false
    },
    ...(by.asks ? { callsPerRow: `${n} × up to ${tries} × edits` } : {}),
    row: (row, context) => {
      const works = subjectsOf(row, context, by.operation).flatMap((subject) => {
        if (!where(subject)) return []
        return by.edits(subject).flatMap((edit, editIndex) => {
          const nSamples = "request" in edit.put ? n : 1
          return Array.from({ length: nSamples }, (_, sample) => ({ subject, edit, editIndex, sample }))
        })
      })
      if (works.length === 0) {
        return Effect.succeed(noting({ candidates: row.candidates }, [reject(`${name}: nothing to ${by.operation}`)]))
      }
      const one = ({ edit, editIndex, sample, subject }: (typeof works)[number]) =>
        Effect.map(askForRow(versionOf(options, subject, edit, { sample, seed: context.seed })), (version) => {
          if (version instanceof Rejection) return reject(`${by.operation}: ${version.reason}`, version.detail)
          const { candidate: parent } = subject
          const { answer, end, start, text } = version
          const isWhole = edit.ranges.length === 1 && isAll(edit.ranges[0]!, parent.text)
          const made: Candidate = {
            ...originalAnswer,
            id: contentId(row.id, context.key, by.operation, parent.id, editIndex, sample, text),
            text,
            kind: options.kind ?? parent.kind,
            model: answer?.model ?? parent.model,
            sampleIndex: sample,
            finishReason: answer?.finishReason ?? parent.finishReason,
            parentId: parent.id,
            operation: by.operation,
            sharedPrefix: sharedPrefix(parent.text, text),
            injection:
              edit.errorType === undefined
                ? null
                : {
                    errorType: edit.errorType,
                    injector: answer?.model ?? "text",
                    similarity: editSimilarity(parent.text, text),
                    lengthRatio: normaliseWhitespace(text).length / normaliseWhitespace(parent.text).length
                  },
            features: [
              { name: "direction", value: by.direction === "better" ? 1 : by.direction === "worse" ? -1 : 0 },
              ...(isWhole
                ? []
                : [
                    { name: "editStart", value: start },
                    { name: "editEnd", value: end }
                  ])
            ],
            plantedQuality: isWhole ? (answer?.planted?.quality ?? null) : null
          }
          return made
        })
      return Effect.map(forEachCall(works, one), (made) => {
        const { kept, rejections } = separate(made)
        return noting({ candidates: [...row.candidates, ...kept] }, rejections)
      })
    }
  })
}

const isOriginal = ({ candidate }: Subject): boolean => candidate.parentId === null

const isAll = ({ end, start }: { readonly start: number; readonly end: number }, text: string): boolean =>
  start === 0 && end === text.length

interface Version {
  readonly text: string
  readonly start: number
  readonly end: number
  /** Null where no model was asked. */
  readonly answer: Completion | null
}

/** Makes the new text, asking again with the problem as long as there are tries. */
const versionOf = Effect.fnUntraced(function* (
  options: RewriteOptions,
  subject: Subject,
  edit: Edit,
  { sample, seed }: { readonly sample: number; readonly seed: number }
) {
  const { by, keeps = [], maxTokens = 1024, temperature = 0, tries = 2 } = options
  const { candidate, prompt } = subject
  const { put, ranges } = edit
  const splice = (text: string, answer: Completion | null): Version | Rejection => {
    const spliced = spliceText(candidate.text, ranges, text)
    if (spliced === null) {
      const found = ranges.map(({ end, start }) => `${start} to ${end}`).join(", ") || "none"
      return reject("no such range", `found ${found}, expected ranges in order in ${candidate.text.length} characters`)
    }
    if (spliced.text.trim() === "") return reject("empty", "nothing is left of the text")
    if (normaliseWhitespace(spliced.text) === normaliseWhitespace(candidate.text)) {
      return reject("unchanged", "the text is what it was before")
    }
    const problem = keeps.map((kept) => kept(candidate.text, spliced.text)).find((found) => found !== null)
    return problem === undefined ? { ...spliced, answer } : reject("not kept", problem)
  }
  if ("text" in put) return splice(put.text, null)
  const task: Task =
    edit.errorType === undefined || !isAll(ranges[0]!, candidate.text)
      ? { kind: "rewrite", prompt, original: candidate.text, operation: by.operation, direction: by.direction }
      : { kind: "inject", prompt, original: candidate.text, errorType: edit.errorType }
  const [before, behind] = put.around ?? ["", ""]
  const service = yield* LanguageModel
  let messages: ReadonlyArray<Message> = [{ role: "user", content: put.request }]
  for (let tried = 1; ; tried++) {
    const request: Request = {
      task,
      messages,
      model: options.model ?? null,
      sampleIndex: sample,
      temperature,
      maxTokens,
      seed: seed + sample
    }
    const answer: Completion = yield* service.complete(request)
    const read = textOf(answer, candidate.text, options.allowRefusals ?? false)
    const version = read instanceof Rejection ? read : splice(before + read + behind, answer)
    if (!(version instanceof Rejection)) return version
    if (tried >= tries) {
      return yield* refuseAnswer(request, reject(version.reason, spentOnThinking(answer) ?? version.detail))
    }
    const said = answer.text.trim() === "" ? "(no text)" : answer.text
    const wanted = `This text could not be used: ${version.detail}. Write it again, and reply with it alone.`
    messages = [messages[0]!, { role: "assistant", content: said }, { role: "user", content: wanted }]
  }
})

/** What a model wrote, without a lead-in, or why it cannot be used. */
const textOf = (answer: Completion, original: string, allowRefusals: boolean): string | Rejection => {
  if (answer.finishReason === "length") return reject("cut off", "it was cut off at the limit of tokens")
  const opening = metaCommentary(answer.text)
  const originalKind = metaCommentary(original).kind
  if (!allowRefusals) {
    if (answer.finishReason === "refusal" || answer.finishReason === "contentFilter") {
      return reject("refused", `the model gave no text (${answer.finishReason})`)
    }
    if (opening.kind === "refusal" && originalKind !== "refusal") return reject("refused", "it declines the request")
  }
  const text = opening.kind === "leadIn" && originalKind !== "leadIn" ? opening.text : answer.text
  return text.trim() === "" ? reject("empty", "it has no text") : text
}
