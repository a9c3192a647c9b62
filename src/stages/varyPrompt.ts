import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { type PromptVariant, PromptVariants } from "../../schemas/PromptVariant.ts"
import type { Invariant } from "../corruptions/Invariant.ts"
import { metaCommentary } from "../corruptions/metaCommentary.ts"
import { normaliseWhitespace } from "../corruptions/normaliseWhitespace.ts"
import { noting, reject, Rejection } from "../Rejects.ts"
import { contentId } from "../Seed.ts"
import { LanguageModel, sampleOf } from "../services/LanguageModel.ts"
import type { Request } from "../services/Provider.ts"
import { each } from "../Stage.ts"
import { askForRow } from "./askForRow.ts"
import { refuseAnswer } from "./refuseAnswer.ts"

/** What becomes of the prompt. */
export interface VaryPromptOptions {
  /** "vary" asks the same in other words, "simplify" and "harden" an easier or harder question; any other name needs `request`. */
  readonly operation: string
  /** The request whose answer is the new prompt. Default: the one that goes with the operation. */
  readonly request?: (prompt: string) => string
  /** Versions of each prompt. Default 1. */
  readonly n?: number
  /** What every version has to have kept of the prompt. Default: nothing. */
  readonly keeps?: ReadonlyArray<Invariant>
  /** Default: the provider's own model. */
  readonly model?: string
  /** Default 1, so that versions differ. */
  readonly temperature?: number
  /** Default 512. */
  readonly maxTokens?: number
}

const tasks: Readonly<Record<string, string>> = {
  vary: "Say the question below in other words. It has to ask for exactly the same thing and to have the same answer.",
  simplify: "Write an easier version of the question below: the same subject with less to keep in mind.",
  harden: "Write a harder version of the question below: the same subject with one more thing to work out."
}

/**
 * Makes other versions of a prompt; `spreadVariants` turns them into rows.
 *
 * Versions are appended to those that are there. One that is empty, cut off, declined, equal to the prompt or to an earlier one but for white space, or
 * against `keeps` is noted in the rejects. Whether an easier or harder question is one takes a judge or a pass rate. Costs `n` calls a row.
 */
export const varyPrompt = (options: VaryPromptOptions) => {
  const { keeps = [], maxTokens = 512, n = 1, operation, temperature = 1 } = options
  const task = tasks[operation]
  const request =
    options.request ??
    (task === undefined
      ? undefined
      : (prompt: string) => `${task}\nReply with the new question alone.\n\n<question>\n${prompt}\n</question>`)
  if (request === undefined) {
    throw new Error(
      `Cannot vary prompts: found operation "${operation}" without a request, expected ${Object.keys(tasks).join(", ")}; give a request`
    )
  }
  if (!Number.isInteger(n) || n < 1) {
    throw new RangeError(`Cannot vary prompts: found n ${n}, expected a positive integer`)
  }
  return each({
    name: "varyPrompt",
    needs: { id: Schema.String, prompt: Schema.String },
    uses: PromptVariants,
    gives: PromptVariants,
    config: { ...options, request: String(request), keeps: keeps.map(({ name }) => name) },
    callsPerRow: n,
    row: (row, { seed }) => {
      const before = row.promptVariants ?? []
      const asked: Request = {
        task: { kind: "rewrite", prompt: row.prompt, original: row.prompt, operation, direction: "neutral" },
        messages: [{ role: "user", content: request(row.prompt) }],
        model: options.model ?? null,
        sampleIndex: 0,
        temperature,
        maxTokens,
        seed
      }
      return Effect.gen(function* () {
        const answers = yield* askForRow(LanguageModel.use((service) => service.samples(asked, n)))
        if (answers instanceof Rejection) {
          return noting({ promptVariants: before }, [reject(`${operation}: ${answers.reason}`, answers.detail)])
        }
        const known = new Set([row.prompt, ...before.map(({ prompt }) => prompt)].map(normaliseWhitespace))
        const made: Array<PromptVariant> = []
        const notes: Array<Rejection> = []
        for (const [sample, { finishReason, text }] of answers.entries()) {
          const opening = metaCommentary(text)
          const prompt = opening.text.trim()
          const problem =
            finishReason !== "stop" && finishReason !== "other"
              ? reject("not finished", finishReason)
              : opening.kind === "refusal"
                ? reject("refused", prompt.slice(0, 80))
                : prompt === ""
                  ? reject("no text")
                  : known.has(normaliseWhitespace(prompt))
                    ? reject("unchanged", "equal to the prompt or to an earlier version")
                    : notKept(keeps, row.prompt, prompt)
          if (problem !== null) {
            yield* refuseAnswer(sampleOf(asked, sample), problem)
            notes.push(reject(`${operation}: ${problem.reason}`, problem.detail))
          } else {
            known.add(normaliseWhitespace(prompt))
            made.push({ id: contentId(row.id, operation, sample, prompt), prompt, operation })
          }
        }
        return noting({ promptVariants: [...before, ...made] }, notes)
      })
    }
  })
}

const notKept = (keeps: ReadonlyArray<Invariant>, before: string, after: string): Rejection | null => {
  const problem = keeps.map((kept) => kept(before, after)).find((found) => found !== null)
  return problem === undefined ? null : reject("not kept", problem)
}
