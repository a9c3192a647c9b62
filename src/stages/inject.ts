import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type Candidate, Candidates, originalAnswer } from "../../schemas/Candidate.ts"
import { Judgment, Judgments } from "../../schemas/Judgment.ts"
import { checkInjection, type InjectionLimits } from "../corruptions/checkInjection.ts"
import { editSimilarity } from "../corruptions/editSimilarity.ts"
import { normaliseWhitespace } from "../corruptions/normaliseWhitespace.ts"
import type { Finding } from "../Findings.ts"
import { sharedPrefix } from "../math/sharedPrefix.ts"
import { noting, reject, Rejection, separate } from "../Rejects.ts"
import { contentId } from "../Seed.ts"
import { LanguageModel } from "../services/LanguageModel.ts"
import type { Request } from "../services/Provider.ts"
import { each } from "../Stage.ts"
import { askForRow, forEachCall } from "./askForRow.ts"
import { type ErrorType, seaPoErrorTypes } from "./ErrorType.ts"
import { refuseAnswer } from "./refuseAnswer.ts"
import { spentOnThinking } from "./spentOnThinking.ts"
import { meanRatings } from "../aggregations/meanRatings.ts"

/** Which errors are injected into what, and what passes. */
export interface InjectOptions {
  /** Error types to inject. Default: SeaPO's correctness, logic and hallucination. */
  readonly types?: ReadonlyArray<ErrorType>
  /** `"one"` (default) draws one type per prompt, seeded by the row id; `"all"` injects each. */
  readonly draw?: "one" | "all"
  /** What is corrupted: the candidate with the highest mean rating (default; the first of several, or of all without ratings), or the first. */
  readonly target?: "best" | "first"
  /** Limits of the checks on the corrupted text; see `checkInjection`. */
  readonly limits?: InjectionLimits
  /** The model that corrupts. Default: the provider's own. */
  readonly model?: string
  /** Default 1,024. */
  readonly maxTokens?: number
  /** Keeps corrupted texts that fail a check. Default false: they are noted in the rejects and left out. */
  readonly keepFailed?: boolean
}

/**
 * Adds candidates that are worse by construction: a good candidate, rewritten to contain an error of a stated type.
 *
 * The new candidate names its parent, the error type and how much of the text survived. Temperature 0. A text that is unchanged,
 * nearly so, rewritten from scratch, cut off, empty or a refusal does not become a candidate, nor does one that the row has already from
 * an earlier `inject`; it is noted in the rejects with the reason, and counted by type. Costs one call a row, or one per type with `draw: "all"`.
 *
 * Source: SeaPO, https://arxiv.org/abs/2509.24781; the checks are ours, the paper's code has none.
 */
export const inject = (options: InjectOptions = {}) => {
  const { types = seaPoErrorTypes, draw = "one", target = "best", maxTokens = 1024, keepFailed = false } = options
  if (types.length === 0) throw new Error("Cannot inject: found no error type, expected one or more")
  /** The key of the stage that made a candidate, so that a stage counts none that an earlier one made of the row. */
  const madeBy = new WeakMap<Candidate, string>()
  return each({
    name: "inject",
    needs: { id: Schema.String, prompt: Schema.String, ...Candidates },
    uses: Judgments,
    gives: Candidates,
    config: { types, draw, target, maxTokens, keepFailed, limits: options.limits ?? {}, model: options.model ?? null },
    callsPerRow: draw === "all" ? types.length : 1,
    row: (row, context) => {
      const parent = parentOf(row.candidates, row.judgments ?? [], target)
      if (parent === undefined) {
        return Effect.succeed(noting({ candidates: row.candidates }, [reject("inject: nothing to corrupt")]))
      }
      const drawn = draw === "all" ? types : [types[Math.floor(context.random(row.id)() * types.length)]!]
      const one = Effect.fnUntraced(function* (type: ErrorType) {
        const service = yield* LanguageModel
        const request: Request = {
          task: { kind: "inject", prompt: row.prompt, original: parent.text, errorType: type.id },
          messages: [{ role: "user", content: requestFor(row.prompt, parent.text, type) }],
          model: options.model ?? null,
          sampleIndex: 0,
          temperature: 0,
          maxTokens,
          seed: context.seed
        }
        const answer = yield* service.complete(request)
        const finishReason = answer.finishReason === "contentFilter" ? "content_filter" : answer.finishReason
        const check = checkInjection({ original: parent.text, corrupted: answer.text, finishReason }, options.limits)
        if (!check.ok && !keepFailed) {
          return yield* refuseAnswer(request, reject(check.reason, spentOnThinking(answer) ?? check.detail))
        }
        const text = check.ok ? check.text : answer.text
        const candidate: Candidate = {
          ...originalAnswer,
          id: contentId(row.id, "injected", type.id, parent.id, text),
          text,
          model: answer.model,
          finishReason: answer.finishReason,
          parentId: parent.id,
          operation: "inject",
          sharedPrefix: sharedPrefix(parent.text, text),
          injection: {
            errorType: type.id,
            injector: answer.model,
            similarity: check.ok ? check.similarity : editSimilarity(parent.text, text),
            lengthRatio: check.ok ? check.lengthRatio : lengthOf(text) / lengthOf(parent.text)
          },
          plantedQuality: answer.planted?.quality ?? null
        }
        madeBy.set(candidate, context.key)
        return candidate
      })
      const ask = (type: ErrorType) =>
        Effect.map(askForRow(one(type)), (answer) =>
          answer instanceof Rejection ? reject(`inject ${type.id}: ${answer.reason}`, answer.detail) : answer
        )
      return Effect.map(forEachCall(drawn, ask), (answers) => {
        const known = new Set(row.candidates.map(({ id }) => id))
        const { kept, rejections } = separate(
          answers.map((answer) => {
            if (answer instanceof Rejection) return answer
            if (known.has(answer.id)) return repeated(answer)
            known.add(answer.id)
            return answer
          })
        )
        return noting({ candidates: [...row.candidates, ...kept] }, rejections)
      })
    },
    tally: (context) => tallyOf(types, (candidate) => madeBy.get(candidate) === context.key)
  })
}

/** Of a text that is there already, since a stage before drew the same type for the same parent: its pair would count twice. */
const repeated = ({ id, injection, parentId }: Candidate): Rejection =>
  reject(
    `inject ${injection!.errorType}: repeated`,
    `The row has this text of "${parentId}" already, as "${id}"; give stages that follow each other different types`
  )

const parentOf = (
  candidates: ReadonlyArray<Candidate>,
  judgments: ReadonlyArray<typeof Judgment.Type>,
  target: "best" | "first"
): Candidate | undefined => {
  const originals = candidates.filter((candidate) => candidate.parentId === null && candidate.text.trim() !== "")
  if (target === "first") return originals[0]
  const ratings = meanRatings(judgments)
  const rating = (candidate: Candidate) => ratings.get(candidate.id) ?? Number.NEGATIVE_INFINITY
  return originals.toSorted((a, b) => rating(b) - rating(a))[0]
}

const requestFor = (prompt: string, original: string, type: ErrorType): string =>
  [
    "Below are a question and an answer to it. Rewrite the answer so that it contains one clear error of the kind described,",
    "and change as little else as you can: same tone, same length, same structure. Do not mention the error.",
    "Reply with the rewritten answer alone.",
    "",
    `Kind of error: ${type.id}. ${type.definition}`,
    "",
    "<question>",
    prompt,
    "</question>",
    "<answer>",
    original,
    "</answer>"
  ].join("\n")

const lengthOf = (text: string): number => normaliseWhitespace(text).length

const tallyOf = (types: ReadonlyArray<ErrorType>, isOwn: (candidate: Candidate) => boolean) => {
  const byType = new Map(
    types.map((type) => [type.id, { kept: 0, refused: noRefusals(), logLength: 0, nLength: 0, loss: 0, nLoss: 0 }])
  )
  return {
    add: (row: { readonly candidates: ReadonlyArray<Candidate> }, notes: ReadonlyArray<Rejection>) => {
      for (const child of row.candidates) {
        const counts = byType.get(child.injection?.errorType ?? "")
        if (counts === undefined || child.injection === null || !isOwn(child)) continue
        counts.kept++
        if (child.injection.lengthRatio > 0) {
          counts.logLength += Math.log(child.injection.lengthRatio)
          counts.nLength++
        }
        const parent = row.candidates.find((candidate) => candidate.id === child.parentId)
        if (parent !== undefined && parent.plantedQuality !== null && child.plantedQuality !== null) {
          counts.loss += parent.plantedQuality - child.plantedQuality
          counts.nLoss++
        }
      }
      for (const note of notes) {
        const [, id = "", reason = ""] = /^inject (.+): (\w+)$/.exec(note.reason) ?? []
        const counts = byType.get(id)
        if (counts !== undefined) counts.refused[reason] = (counts.refused[reason] ?? 0) + 1
      }
    },
    finding: (): Finding => ({
      kind: "injections",
      types: [...byType].map(([errorType, counts]) => ({
        errorType,
        asked: counts.kept + Object.values(counts.refused).reduce((sum, n) => sum + n, 0),
        kept: counts.kept,
        refused: counts.refused,
        meanLogLengthRatio: counts.nLength === 0 ? null : counts.logLength / counts.nLength,
        plantedLoss: counts.nLoss === 0 ? null : counts.loss / counts.nLoss
      }))
    })
  }
}

const noRefusals = (): Record<string, number> => ({})
