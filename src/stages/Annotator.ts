import type { Judgment } from "../../schemas/Judgment.ts"
import * as Seed from "../Seed.ts"
import type { Message } from "../services/Provider.ts"

/** Who judges: a name alone, or a name with the words and the model to judge with, and the share of prompts to judge. */
export type Annotator =
  | string
  | {
      readonly name: string
      /** Put in front of the request as system prompt. */
      readonly instruction?: string
      /** Default: the provider's own model. */
      readonly model?: string
      /** Share of the prompts, 0 to 1, drawn by prompt id. Default 1. */
      readonly share?: number
    }

/** An annotator with everything filled in. */
export interface FullAnnotator {
  readonly name: string
  readonly instruction: string | null
  readonly model: string | null
  readonly share: number
}

/** Fills in what an annotator leaves open; throws when two have one name, because judgments are filed by it. */
export const fullAnnotators = (annotators: ReadonlyArray<Annotator>): ReadonlyArray<FullAnnotator> => {
  const full = annotators.map((annotator) =>
    typeof annotator === "string"
      ? { name: annotator, instruction: null, model: null, share: 1 }
      : { instruction: null, model: null, share: 1, ...annotator }
  )
  const names = full.map((annotator) => annotator.name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) {
    throw new Error(`Cannot set up annotators: found the name "${twice}" twice, expected different names`)
  }
  return full
}

/**
 * Whether an annotator judges a prompt, drawn from the run seed, the prompt's id and the annotator's name.
 *
 * Not from the stage, so that an annotator with a share sees the same prompts wherever it is asked.
 */
export const judges = (annotator: FullAnnotator, rowId: string, seed: number): boolean =>
  annotator.share >= 1 || Seed.random(seed, "share", rowId, annotator.name)() < annotator.share

/** A question as an annotator gets it: behind its instruction, where it has one. */
export const askedOf = (annotator: FullAnnotator, question: string): ReadonlyArray<Message> => [
  ...(annotator.instruction === null ? [] : [{ role: "system" as const, content: annotator.instruction }]),
  { role: "user", content: question }
]

/** Whether an annotator has said this already: a rating where `secondId` is null, else a comparison in this order. */
export const hasJudged = (
  judgments: ReadonlyArray<Judgment>,
  opinion: Pick<Judgment, "annotator" | "axis" | "firstId" | "secondId">
): boolean =>
  judgments.some(
    (judgment) =>
      judgment.annotator === opinion.annotator &&
      judgment.axis === opinion.axis &&
      judgment.firstId === opinion.firstId &&
      judgment.secondId === opinion.secondId
  )
