/**
 * RLHI: preferences mined from live conversations, by what users reply and by what is known of them.
 *
 * Paper: The Era of Real-World Human Interaction: RL from User Conversations, https://arxiv.org/abs/2509.25137.
 * Reproduced: a persona for each user from all conversations, joined to each of them; rewrites by follow-ups that complain or correct, against
 *   the answers before, without the follow-up; openings answered anew with the persona, best against worst; a reward model that agrees.
 * Outside: DPO on prompts that begin with the persona.
 * Constants: from a note: T 0.6, top-p 0.9 (not for rewrites), Athene-RM-8B; ours, because theirs were not found: classes, 4 samples.
 * Needs: reward; columns id, userId, turns (texts, the user's first).
 */
import { bestWorst, branch, Candidates, dataset, filter, generate, http, into, join, jsonl, judge } from "prefloom"
import { Judgments, originalAnswer, pair, refine, reshape, rewritten, Rewriting, type RowOf, score } from "prefloom"
import { using, vllmCapabilities, whole } from "prefloom"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
const [text, number] = [Schema.String, Schema.NullOr(Schema.Finite)]
const Conversation = { id: text, userId: text, turns: Schema.Array(text) }
const conversations = jsonl("data/rlhi.jsonl", Conversation)
const users = whole({
  name: "users",
  needs: Conversation,
  gives: { id: text, userId: text, prompt: text },
  keeps: false,
  begin: (_run) => {
    const places = new Map<string, Array<number>>()
    return {
      see: ({ userId }, index) => places.set(userId, [...(places.get(userId) ?? []), index]),
      settle: Effect.sync(() => ({ userId }, index, read) => {
        const all = places.get(userId)!
        const said = all.flatMap((at) => read(at).turns.filter((_turn, i) => i % 2 === 0))
        const prompt = ["Say in two sentences what this person likes.", ...said].join("\n\n")
        return index === all[0] ? [{ id: userId, userId, prompt }] : []
      })
    }
  }
})
const personas = conversations.pipe(users, generate({ n: 1, temperature: 0, name: "persona" }))
const known = { userId: text, persona: text, turnIndex: Schema.Int, feedback: Schema.NullOr(text) }
const reply = { annotatorKind: "person", secondId: null, score: null, verdict: null, plantedCorrect: null } as const
const answers = reshape({
  name: "answers",
  keeps: false,
  needs: { ...Conversation, personas: Candidates.candidates },
  gives: { id: text, prompt: text, ...known, ...Candidates, ...Judgments },
  row: ({ id, personas: [about], turns, userId }) =>
    turns.flatMap((said, turnIndex) => {
      if (turnIndex % 2 === 0) return []
      const before = turns.slice(0, turnIndex).map((turn, i) => `${i % 2 === 0 ? "User" : "Assistant"}: ${turn}`)
      const [persona, feedback] = [about!.text, turns[turnIndex + 1] ?? null]
      const row = { id: `${id}#${turnIndex}`, prompt: before.join("\n\n"), userId, turnIndex, feedback, persona }
      const candidates = [{ ...originalAnswer, id: row.id, text: said, model: "logged" }]
      const critique = feedback && `${feedback}\n(Known of the user: ${persona})`
      const judgments = [{ ...reply, annotator: userId, axis: "reply", firstId: row.id, critique }]
      return [{ ...row, candidates, judgments }]
    })
})
const classes = { complaint: "it complains about the answer", correction: "it corrects the answer", other: "all else" }
const byReply = { by: Rewriting.byFeedback(({ judgments }) => judgments[0]?.critique ?? null), temperature: 0.6 }
const knowing = (row: RowOf<typeof known> & { readonly prompt: string }) => `(I: ${row.persona})\n\n${row.prompt}`
const anew = generate({ n: 4, temperature: 0.6, topP: 0.9, slots: known, template: knowing })
const athene = { models: [{ name: "athene", model: "Nexusflow/Athene-RM-8B" }] } as const
const carry = { ...known, feedbackClass: Schema.NullOr(Schema.Literals(["complaint", "correction", "other"])) }
const rewards = { atheneChosen: number, atheneRejected: number }
const agrees = ({ atheneChosen: a, atheneRejected: b }: RowOf<typeof rewards>) => a !== null && b !== null && a > b
export const rlhi = conversations.pipe(
  join(personas, { on: "userId", take: { personas: "candidates" } }),
  answers,
  judge.classify({ annotator: "classifier", as: "feedbackClass", classes, slots: known, of: "feedback" }),
  branch({
    by: ({ feedbackClass: is, turnIndex: i }): string => (is && is !== "other" ? "rewrite" : i > 1 ? "none" : "reward"),
    routes: {
      rewrite: (rows) => rows.pipe(refine(byReply), pair({ rules: [rewritten({ direction: "better" })], carry })),
      reward: (rows) => rows.pipe(anew, score.candidates(athene), pair({ rules: [bestWorst()], carry }))
    }
  }),
  score.pairs(athene),
  filter({ needs: rewards, reason: "no gain in reward", keep: agrees })
)
const server = { baseUrl: "http://localhost:8000/v1", model: "llama-3.1-8b", capabilities: vllmCapabilities }
export default rlhi.pipe(into(dataset()), using(http(server)))
