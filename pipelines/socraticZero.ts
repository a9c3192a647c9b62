/**
 * Socratic-Zero: right against wrong attempts at a pool of questions that grows, round by round, where the solver fails.
 *
 * Paper: Socratic-Zero: Bootstrapping Reasoning via Data-Free Agent Co-evolution, https://arxiv.org/abs/2509.24726.
 * Reproduced: 5 rounds; 8 attempts at each question of the pool; verdicts of a teacher who knows the reference; right against wrong; for each
 *   question with a failed attempt a new one by the teacher with its reference, which names its parent and joins the pool.
 * Outside: training solver and generator. The authors' modules for rewards, enhancement and filtering are placeholders.
 * Constants: from the authors' README: 5 rounds, 8 attempts; ours, because theirs were not found: at most 4 pairs a question, no validation of
 *   new questions but that there is a reference (the same one may come again), all earlier questions asked again.
 * Needs: a solver under the names that training gives, a teacher. Input columns id, kind ("question"), prompt, reference, parentPromptId.
 */
import { ask, Candidates, dataset, filter, generate, http, into, jsonl, judge, Judgments, merge, pair } from "prefloom"
import { reject, reshape, type Round, rounds, type RoundsOptions, Seed, threshold, using } from "prefloom"
import * as Schema from "effect/Schema"

const [text, textOrNull] = [Schema.String, Schema.NullOr(Schema.String)]
const Question = { id: text, kind: text, prompt: text, reference: textOrNull, parentPromptId: textOrNull }
const Made = { ...Question, promptId: text, chosen: textOrNull, rejected: textOrNull }

const asPair = reshape({
  name: "asPair",
  needs: { id: text, prompt: text, parentPromptId: textOrNull, promptId: text, chosen: text, rejected: text },
  gives: Made,
  keeps: false,
  row: (row) => [{ ...row, kind: "pair", reference: null }]
})

const asQuestion = (round: number) =>
  reshape({
    name: "asQuestion",
    needs: { id: text, newQuestion: textOrNull, newReference: textOrNull },
    gives: Made,
    keeps: false,
    row: ({ id: parentPromptId, newQuestion: prompt, newReference: reference }) => {
      if (prompt === null || reference === null) return [reject("no new question")]
      const id = Seed.contentId(round, parentPromptId, prompt)
      return [{ id, kind: "question", prompt, reference, parentPromptId, promptId: id, chosen: null, rejected: null }]
    }
  })

const failed = ({ judgments }: { readonly judgments: typeof Judgments.judgments.Type }) =>
  judgments.find(({ score }) => score === 0)
const verdict = { rubric: "whether its final answer is that of the evidence", levels: { wrong: 0, right: 1 } }
const teacher = { name: "teacher", model: "teacher" }
const oneRound = ({ earlier, model, round }: Round) => {
  const attempted = jsonl(["data/socraticZero.jsonl", ...earlier], Question).pipe(
    filter({ needs: { kind: text }, reason: "a pair of an earlier round", keep: ({ kind }) => kind === "question" }),
    generate({ n: 8, models: [model] }),
    judge.rate({ ...verdict, annotators: [teacher], slots: { reference: textOrNull }, evidence: "reference" })
  )
  const pairs = pair({ rules: [threshold({ high: 1, low: 0, maxPairs: 4 })], carry: { parentPromptId: textOrNull } })
  const questions = attempted.pipe(
    filter({ needs: Judgments, reason: "solved in all attempts", keep: (row) => failed(row) !== undefined }),
    ask({
      as: "newQuestion",
      model: "teacher",
      temperature: 1,
      slots: { ...Question, ...Candidates, ...Judgments },
      request: (row) =>
        `A student failed at this question. Write a new one, harder or varied, that trains what went wrong, and reply with it alone.\n\nQuestion: ${row.prompt}\nAnswer: ${row.reference}\nAttempt: ${row.candidates.find(({ id }) => id === failed(row)?.firstId)?.text}`
    }),
    ask({
      as: "newReference",
      model: "teacher",
      slots: { newQuestion: textOrNull },
      request: (row) => row.newQuestion && `Solve this and reply with the final answer alone: ${row.newQuestion}`
    }),
    asQuestion(round)
  )
  return attempted.pipe(pairs, asPair, merge(questions))
}

/** Rows are of kind "pair" or "question". `train` is the program that trains the solver on a round and prints its new name. */
export const socraticZero = (train: RoundsOptions<never, never, never>["train"]) =>
  rounds({ n: 5, model: "solver", train, round: oneRound })

const server = http({ model: "solver", baseUrl: "http://localhost:8000/v1" })

export default socraticZero(["./train.sh"]).pipe(into(dataset()), using(server))
