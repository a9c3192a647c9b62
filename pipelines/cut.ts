/**
 * CUT: answers with what is wrong with them in words, and the tokens that these words blame.
 *
 * Paper: Reasons to Reject? Aligning Language Models with Judgments, https://arxiv.org/abs/2312.14591.
 * Reproduced: fresh answers in every round; a judgment in words, null where nothing is wrong; few satisfied records beside the others;
 *   blame of a token where the judgment in the context makes it likelier.
 * Outside: unlikelihood training between the rounds (`train`); the conversion of public sets of critiques.
 * Constants: from the authors' code: 5 rounds, satisfied from a score of 7, a quarter as many satisfied records as others, ratio above
 *   1.1; ours: the same prompts in every round, the words around a judgment.
 * Needs: scoreText, a model and a judge at one endpoint; id, domain, prompt, reference.
 */
import { Candidates, dataset, each, generate, http, into, jsonl, judge, Judgments, LanguageModel } from "prefloom"
import { Prompt, reject, reshape, type Round, rounds, using, vllmCapabilities, whole } from "prefloom"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const Text = Schema.String
const Spoken = { output: Text, judgment: Schema.NullOr(Text), score: Schema.Finite }
const Token = Schema.Struct({ token: Text, ratio: Schema.Finite, isBlamed: Schema.Boolean })

const records = reshape({
  name: "records",
  needs: { id: Text, prompt: Text, ...Candidates, ...Judgments },
  gives: { id: Text, prompt: Text, ...Spoken },
  keeps: false,
  row: ({ candidates, id, judgments, prompt }) => {
    const [score, output] = [judgments[0]?.score ?? null, candidates[0]!.text]
    if (score === null) return [reject("no text or no judgment")]
    const faults = judgments.flatMap(({ critique }) => critique ?? []).join(" ")
    return [{ id, prompt, output, judgment: score >= 7 || faults === "" ? null : faults, score }]
  }
})

/** Keeps one satisfied record, drawn, for every four others. */
const thin = whole({
  name: "thin",
  needs: { id: Text, ...Spoken },
  gives: {},
  keeps: true,
  begin: ({ random }) => {
    const draws: Array<number> = []
    let nOthers = 0
    return {
      see: ({ id, judgment }) => (judgment === null ? draws.push(random(id)()) : nOthers++),
      settle: Effect.sync(() => {
        const end = draws.toSorted((a, b) => a - b)[Math.floor(nOthers / 4)] ?? 1
        return ({ id, judgment }) => (judgment !== null || random(id)() < end ? [{}] : [reject("satisfied")])
      })
    }
  }
})

/** Reads the answer with and without the judgment in front of it. */
const blame = (model: string) =>
  each({
    name: "blame",
    needs: { prompt: Text, ...Spoken },
    gives: { tokens: Schema.Array(Token) },
    config: { model },
    callsPerRow: 2,
    capabilities: ["scoreText"],
    row: Effect.fnUntraced(function* ({ judgment, output: text, prompt }) {
      if (judgment === null) return { tokens: [] }
      const { score } = yield* LanguageModel
      const { tokens } = yield* score({ context: `${prompt}\n\n`, text, model })
      const aware = yield* score({ context: `${prompt}\n\nThe answer was judged so: ${judgment}\n\n`, text, model })
      if (aware.tokens.length !== tokens.length) return reject("the answer is cut into other tokens")
      const ratios = tokens.map(({ logProb }, i) => Math.exp(aware.tokens[i]!.logProb - logProb))
      return { tokens: tokens.map(({ token }, i) => ({ token, ratio: ratios[i]!, isBlamed: ratios[i]! > 1.1 })) }
    })
  })

const judged = judge.rate({ annotators: [{ name: "judge", model: "judge" }], critique: "faults" })
const round = ({ model }: Round) =>
  jsonl("data/prompts.jsonl", Prompt).pipe(generate({ n: 1, models: [model] }), judged, records, thin, blame(model))
/** Your trainer comes here; this one trains nothing and gives the model back. */
const train = ["node", "-p", "process.env.PREFLOOM_MODEL"] as const
export const cut = rounds({ n: 5, model: "chat-13b", train, round })
const server = http({ baseUrl: "http://localhost:8000/v1", model: "chat-13b", capabilities: vllmCapabilities })
export default cut.pipe(into(dataset()), using(server))
