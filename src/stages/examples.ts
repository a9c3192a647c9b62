import * as Schema from "effect/Schema"
import { Candidates } from "../../schemas/Candidate.ts"
import { Example } from "../../schemas/Example.ts"
import { Judgments } from "../../schemas/Judgment.ts"
import { Labels } from "../../schemas/Label.ts"
import { HashIndex } from "../math/HashIndex.ts"
import { plainText } from "../math/plainText.ts"
import type { Contender } from "../pairings/Contender.ts"
import { reject, type Rejection } from "../Rejects.ts"
import { contentId } from "../Seed.ts"
import { reshape, type RowOf, type Stage } from "../Stage.ts"
import { perRun } from "./perRun.ts"
import { usableContenders } from "./usableContenders.ts"

type ExampleRow = RowOf<typeof Example>

/** Which candidates become examples. */
export interface ExamplesOptions {
  /** The one with the highest score ("best", default), every one with at least so much, or every one, judged or not. */
  readonly keep?: "best" | "all" | { readonly atLeast: number }
}

const candidates = (options: ExamplesOptions = {}) => {
  const { keep = "best" } = options
  if (typeof keep === "object" && !Number.isFinite(keep.atLeast)) {
    throw new RangeError(`Cannot make examples: found atLeast ${keep.atLeast}, expected a finite score`)
  }
  return reshape({
    name: "examples.candidates",
    needs: { id: Schema.String, prompt: Schema.String, ...Candidates, ...Judgments },
    uses: Labels,
    gives: Example,
    keeps: false,
    config: { keep },
    row: (row, context): ReadonlyArray<ExampleRow | Rejection> => {
      const usable = usableContenders(row).toSorted((a, b) => (a.id < b.id ? -1 : 1))
      const kept = keptOf(usable, keep, (id) => context.random(row.id, "tie", id)())
      if (kept.length === 0) {
        const wanted = keep === "all" ? "a text that is whole" : keep === "best" ? "a score" : `${keep.atLeast} or more`
        return [reject("no example", `none of ${row.candidates.length} candidates has ${wanted}`)]
      }
      const texts = kept.map(({ text }) => plainText(text))
      return kept
        .filter((_, i) => texts.indexOf(texts[i]!) === i)
        .map(({ model, score, text }) => {
          const id = contentId(row.id, "example", plainText(text))
          return { id, promptId: row.id, prompt: row.prompt, completion: text, model, score }
        })
    }
  })
}

const keptOf = (
  usable: ReadonlyArray<Contender>,
  keep: NonNullable<ExamplesOptions["keep"]>,
  draw: (id: string) => number
): ReadonlyArray<Contender> => {
  if (keep === "all") return usable
  if (keep !== "best") return usable.filter(({ score }) => score !== null && score >= keep.atLeast)
  const highest = Math.max(...usable.map(({ score }) => score ?? Number.NEGATIVE_INFINITY))
  const best = usable.filter(({ score }) => score === highest).map((one) => ({ one, at: draw(one.id) }))
  return best
    .toSorted((a, b) => a.at - b.at)
    .slice(0, 1)
    .map(({ one }) => one)
}

/** What the sides of pairs are. */
export interface PairExamplesOptions<T extends Schema.Top> {
  /** The type of `prompt` and `chosen`, for lists of messages. Default: texts. */
  readonly of: T
}

const known = { promptId: Schema.String, chosenModel: Schema.String, scoreChosen: Schema.NullOr(Schema.Finite) }

/** Makes a stage that takes the chosen sides of pairs, texts or messages. */
interface PairExamples {
  <T extends Schema.Top>(
    options: PairExamplesOptions<T>
  ): Stage<
    { readonly id: string; readonly prompt: T["Type"]; readonly chosen: T["Type"] },
    { readonly [K in keyof ExampleRow]: K extends "prompt" | "completion" ? T["Type"] : ExampleRow[K] },
    false
  >
  (): Stage<{ readonly id: string; readonly prompt: string; readonly chosen: string }, ExampleRow, false>
}

const pairs: PairExamples = <T extends Schema.Top>(options?: PairExamplesOptions<T>) => {
  const side: Schema.Top = options?.of ?? Schema.String
  const seenIn = perRun(() => new HashIndex())
  return reshape({
    name: "examples.pairs",
    needs: { id: Schema.String, prompt: side, chosen: side },
    uses: known,
    gives: { ...Example, prompt: side, completion: side },
    keeps: false,
    row: (row, context) => {
      const { chosen, chosenModel: model = null, id, prompt, promptId = id, scoreChosen: score = null } = row
      const text = textOf(chosen)
      if (text === "" || text === "[]") return [reject("no text", "the chosen side is empty")]
      const seen = seenIn(context)
      const nSeen = seen.size
      if (seen.add(JSON.stringify([textOf(prompt), text])) < nSeen) {
        return [reject("copy", "another pair of this prompt has the same chosen side")]
      }
      const exampleId = contentId(promptId, "example", textOf(prompt), text)
      return [{ id: exampleId, promptId, prompt, completion: chosen, model, score }]
    }
  }) as never
}

/** By which two sides are the same. */
const textOf = (side: unknown): string => (typeof side === "string" ? plainText(side) : JSON.stringify(side))

/**
 * Makes examples for supervised fine-tuning, one completion a row: TRL's prompt-completion format.
 *
 * - `examples.candidates`: of each prompt's candidates the best one, those with a score from a threshold up, or all. Scores, and the candidates
 *   that count, are those of `pair`; of equally good ones the run's seed draws one. Each text of a prompt stands once. A prompt without an
 *   example is a reject.
 * - `examples.pairs`: the chosen side of each pair, once for each prompt however many pairs it is chosen in; the others are rejects. 128 bits
 *   are kept of each.
 *
 * Texts stay texts, round which a trainer puts no chat template; `examples.pairs({ of: Messages })`, with the type of conversational pairs,
 * gives TRL's conversational form. `dataset({ derive: { sft: examples.pairs() } })` writes them beside the pairs. Throws a RangeError on
 * a threshold that is no number.
 *
 * Source: https://huggingface.co/docs/trl/dataset_formats#prompt-completion
 */
export const examples = { candidates, pairs } as const
