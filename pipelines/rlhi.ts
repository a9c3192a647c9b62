/**
 * RLHI: preferences mined from live conversations, by what users reply and by what is known of them.
 *
 * Paper: The Era of Real-World Human Interaction: RL from User Conversations, https://arxiv.org/abs/2509.25137.
 * Reproduced: personas from all conversations of a user; rewrites by follow-ups that complain or correct, against the answers before, where a
 *   reward model agrees, with a context that stops before the follow-up; openings answered anew with the persona, best against worst.
 * Outside: DPO on prompts that begin with the persona.
 * Constants: from a note: T 0.6, top-p 0.9 (not for rewrites), Athene-RM-8B; ours, because theirs were not found: classes, 4 samples.
 * Needs: reward; columns id, userId, turns (texts, the user's first).
 */
import { bestWorst, branch, Candidates, dataset, filter, generate, http, into, jsonl, judge, Judgments } from "prefloom"
import { originalAnswer, pair, refine, reshape, rewritten, Rewriting, type RowOf, score, using } from "prefloom"
import { vllmCapabilities, whole } from "prefloom"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
const text = Schema.String
const Conversation = { id: text, userId: text, turns: Schema.Array(text) }
type Said = RowOf<typeof Conversation>
const ofUser = { needs: Conversation, gives: { history: text, prompt: text }, keeps: true } as const
const history = whole({
  ...ofUser,
  name: "history",
  begin: () => {
    const places = new Map<string, Array<number>>()
    return {
      see: ({ userId }: Said, index) => places.set(userId, [...(places.get(userId) ?? []), index]),
      settle: Effect.succeed(({ turns, userId }: Said, _: number, read: (index: number) => Said) => {
        const all = places.get(userId)!.flatMap((at) => read(at).turns.filter((_said, i) => i % 2 === 0))
        return [{ history: all.join("\n\n"), prompt: turns[0] ?? "" }]
      })
    }
  }
})
const summary = (row: { readonly history: string }) => `Say in two sentences what this person likes.\n\n${row.history}`
const persona = generate({ n: 1, temperature: 0, name: "persona", slots: { history: text }, template: summary })
const known = { userId: text, persona: text, turnIndex: Schema.Int, feedback: Schema.NullOr(text) }
const answers = reshape({
  name: "answers",
  keeps: false,
  needs: { ...Conversation, ...Candidates },
  gives: { id: text, prompt: text, ...known, ...Candidates, ...Judgments },
  row: ({ candidates, id, turns, userId }) =>
    turns.flatMap((said, turnIndex) => {
      if (turnIndex % 2 === 0) return []
      const before = turns.slice(0, turnIndex).map((turn, i) => `${i % 2 === 0 ? "User" : "Assistant"}: ${turn}`)
      const [about, feedback] = [candidates[0]!.text, turns[turnIndex + 1] ?? null]
      const row = { id: `${id}#${turnIndex}`, prompt: before.join("\n\n"), userId, turnIndex, feedback, persona: about }
      const logged = { ...originalAnswer, id: row.id, text: said, model: "logged" }
      const critique = feedback === null ? null : `${feedback}\n(Known of the user: ${about})`
      const by = { annotator: userId, annotatorKind: "person" as const, axis: "reply", firstId: row.id, critique }
      const reply = { ...by, secondId: null, score: null, verdict: null, plantedCorrect: null }
      return [{ ...row, candidates: [logged], judgments: [reply] }]
    })
})
const reading = { annotator: "classifier", as: "feedbackClass", slots: known, of: "feedback" } as const
const followUp = judge.classify({
  ...reading,
  classes: { complaint: "it complains about the answer", correction: "it corrects the answer", other: "anything else" }
})
const byReply = Rewriting.byFeedback(({ judgments }) => judgments[0]?.critique ?? null)
const knowing = (row: RowOf<typeof known> & { readonly prompt: string }) => `(I: ${row.persona})\n\n${row.prompt}`
const anew = generate({ n: 4, temperature: 0.6, topP: 0.9, slots: known, template: knowing })
const reward = score.candidates({ models: [{ name: "athene", model: "Nexusflow/Athene-RM-8B" }] })
const carry = { ...known, feedbackClass: Schema.NullOr(Schema.Literals(["complaint", "correction", "other"])) }
const rewrites = pair({ rules: [rewritten({ direction: "better" })], carry })
const gain = { needs: { margin: Schema.NullOr(Schema.Finite) }, reason: "no gain in reward" }
const logged = jsonl("data/rlhi.jsonl", Conversation).pipe(history, persona, answers, followUp)
export const rlhi = logged.pipe(
  branch({
    by: ({ feedbackClass: is, turnIndex }): string =>
      is === "complaint" || is === "correction" ? "rewrite" : turnIndex === 1 ? "reward" : "neither",
    routes: {
      rewrite: (rows) => rows.pipe(refine({ by: byReply, temperature: 0.6 }), reward, rewrites),
      reward: (rows) => rows.pipe(anew, reward, pair({ rules: [bestWorst()], carry }))
    }
  }),
  filter({ ...gain, keep: ({ margin }) => margin !== null && margin > 0 })
)
const server = http({ baseUrl: "http://localhost:8000/v1", model: "llama-3.1-8b", capabilities: vllmCapabilities })
export default rlhi.pipe(into(dataset()), using(server))
