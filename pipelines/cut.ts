/**
 * CUT: answers with what is wrong with them in words, and the tokens that these words blame.
 *
 * Paper: Reasons to Reject? Aligning Language Models with Judgments, https://arxiv.org/abs/2312.14591.
 * Reproduced: fresh answers in every round; a judgment in words, null where nothing is wrong; few satisfied records beside the others;
 *   blame of a token where the judgment in the context makes it likelier, as weights of 1 on the blamed spans of an output.
 * Outside: unlikelihood training between the rounds (`train`); the conversion of public sets of critiques.
 * Constants: from the authors' code: 5 rounds, satisfied from a score of 7, a quarter as many satisfied records as others, ratio above
 *   1.1; ours: the same prompts in every round, the words around a judgment.
 * Needs: scoreText, a model and a judge at one endpoint; id, domain, prompt, reference.
 */
import { Candidates, dataset, each, generate, http, into, jsonl, judge, Judgments, LanguageModel } from "prefloom"
import { Prompt, quota, reject, reshape, type Round, rounds, spanWeights, using, vllmCapabilities } from "prefloom"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const Text = Schema.String
const Spoken = { output: Text, judgment: Schema.NullOr(Text), score: Schema.Finite, isSatisfied: Schema.Boolean }
const Tokens = { tokens: Schema.Array(Schema.Struct({ start: Schema.Int, end: Schema.Int, ratio: Schema.Finite })) }

const records = reshape({
  name: "records",
  needs: { id: Text, prompt: Text, ...Candidates, ...Judgments },
  gives: { id: Text, prompt: Text, ...Spoken },
  keeps: false,
  row: ({ candidates, id, judgments, prompt }) => {
    const [score, output] = [judgments[0]?.score ?? null, candidates[0]!.text]
    if (score === null) return [reject("no text or no judgment")]
    const faults = judgments.flatMap(({ critique }) => critique ?? []).join(" ")
    const isSatisfied = score >= 7 || faults === ""
    return [{ id, prompt, output, judgment: isSatisfied ? null : faults, score, isSatisfied }]
  }
})

/** Keeps one satisfied record, drawn, for every four others. */
const thin = quota({ by: "isSatisfied", most: { true: { times: 0.25, of: "false" } } })

/** Reads the answer with and without the judgment in front of it. */
const blame = (model: string) =>
  each({
    name: "blame",
    needs: { prompt: Text, ...Spoken },
    gives: Tokens,
    config: { model },
    callsPerRow: 2,
    capabilities: ["scoreText"],
    row: Effect.fnUntraced(function* ({ judgment, output: text, prompt }) {
      if (judgment === null) return { tokens: [] }
      const { score } = yield* LanguageModel
      const { tokens } = yield* score({ context: `${prompt}\n\n`, text, model })
      const aware = yield* score({ context: `${prompt}\n\nThe answer was judged so: ${judgment}\n\n`, text, model })
      const isSame = aware.tokens.every(({ token }, i) => token === tokens[i]?.token)
      if (!isSame || tokens.map(({ token }) => token).join("") !== text) return reject("cut into other tokens")
      let end = 0
      const ratios = tokens.map(({ logProb }, i) => Math.exp(aware.tokens[i]!.logProb - logProb))
      return { tokens: tokens.map(({ token }, i) => ({ start: end, end: (end += token.length), ratio: ratios[i]! })) }
    })
  })
const blamed = spanWeights({
  of: "output",
  needs: Tokens,
  spans: ({ tokens }) => tokens.map(({ end, ratio, start }) => ({ start, end, weight: ratio > 1.1 ? 1 : 0 })),
  elsewhere: 0
})

const judged = judge.rate({ annotators: [{ name: "judge", model: "judge" }], critique: "faults" })
const round = ({ model }: Round) =>
  jsonl("data/prompts.jsonl", Prompt).pipe(
    generate({ n: 1, models: [model] }),
    judged,
    records,
    thin,
    blame(model),
    blamed
  )
/** Your trainer comes here; this one trains nothing and gives the model back. */
const train = ["node", "-p", "process.env.PREFLOOM_MODEL"] as const
export const cut = rounds({ n: 5, model: "chat-13b", train, round })
const server = http({ baseUrl: "http://localhost:8000/v1", model: "chat-13b", capabilities: vllmCapabilities })
export default cut.pipe(into(dataset()), using(server))
