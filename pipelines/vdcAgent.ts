/**
 * VDC-Agent: video captions that an agent improves by criticising itself, as pairs from its best and worst caption, easy pairs first.
 *
 * Paper: VDC-Agent: When Video Detailed Captioners Evolve Themselves via Agentic Self-Reflection, https://arxiv.org/abs/2511.19436.
 * Reproduced: caption, score and suggestion by textual principles, a new instruction from the suggestion; where the score fell, one from a
 *   reflection on what was done before; captions whose score cannot be read left out and counted; pairs with large gaps first.
 * Outside: DPO. Videos are references in the prompt, which the endpoint has to resolve.
 * Constants: from a note: 4 iterations; ours, because theirs were not found: the principles, the scale of 1 to 10, done at 9, best against worst
 *   caption, the words of the requests.
 * Needs: a model that captions, criticises and edits instructions. Input columns id, prompt, video.
 */
import { ask, bestWorst, Candidates, dataset, Difficulty, enrich, generate, into, jsonl, judge } from "prefloom"
import { Judgments, loop, openai, order, pair, type RowOf, using } from "prefloom"
import * as Schema from "effect/Schema"

const target = 9
const rubric = "how well it keeps to these principles: say who does what in which order, and what the camera does"
const Video = { id: Schema.String, prompt: Schema.String, video: Schema.String }

/** What goes from one iteration to the next, besides the last caption and all that was said so far. */
const Memory = { instruction: Schema.String, edit: Schema.NullOr(Schema.String), trajectory: Candidates.candidates }
const State = { ...Memory, ...Candidates, ...Judgments }

const remember = enrich({
  name: "remember",
  needs: { ...Memory, ...Candidates },
  gives: Memory,
  rows: (rows) =>
    rows.map(({ candidates: [caption], edit, instruction, trajectory }) => {
      const isNew = caption !== undefined && !trajectory.some(({ id }) => id === caption.id)
      return { edit: null, instruction: edit ?? instruction, trajectory: isNew ? [...trajectory, caption] : trajectory }
    })
})

const isDone = ({ judgments }: RowOf<typeof Judgments>): boolean => (judgments.at(-1)?.score ?? 0) >= target

/** Asks for an edit that follows the suggestion, or where the caption got worse for one that repairs the edit before. */
const request = ({ instruction, judgments }: Pick<RowOf<typeof State>, "instruction" | "judgments">) => {
  const now = judgments.at(-1)
  const before = judgments.slice(0, -1).findLast(({ score }) => score !== null)
  if (now === undefined || now.score === null || isDone({ judgments })) return null
  const task =
    before !== undefined && now.score < before.score!
      ? `This instruction made a caption worse: ${now.score} after ${before.score}. It was to meet "${before.critique}". Reflect on why, and repair it.`
      : "Rewrite this instruction for captioning a video so that it meets the suggestion."
  return `${task} Reply with the instruction alone.\n\nInstruction: ${instruction}\nSuggestion: ${now.critique}`
}

const captions = enrich({
  name: "captions",
  needs: { trajectory: Candidates.candidates },
  gives: Candidates,
  rows: (rows) => rows.map(({ trajectory }) => ({ candidates: trajectory }))
})

export const vdcAgent = jsonl("data/vdcAgent.jsonl", Video).pipe(
  loop({
    state: State,
    start: ({ prompt }) => ({ instruction: prompt, edit: null, trajectory: [], candidates: [], judgments: [] }),
    most: 4,
    until: isDone,
    otherwise: "last",
    body: (rows) =>
      rows.pipe(
        remember,
        generate({ n: 1, slots: { ...Memory, ...Video }, template: (row) => `${row.instruction}\n[${row.video}]` }),
        judge.rate({ annotators: ["critic"], rubric, critique: "suggestion" }),
        ask({ as: "edit", slots: { ...Judgments, instruction: Schema.String }, request })
      )
  }),
  remember,
  captions,
  pair({ rules: [bestWorst()], carry: { video: Schema.String } }),
  order({ by: Difficulty.closeMargin })
)

export default vdcAgent.pipe(into(dataset()), using(openai({ model: "gpt-5.4-mini" })))
