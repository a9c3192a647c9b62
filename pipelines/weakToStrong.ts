/**
 * Weak-to-strong: harmless pairs labelled by a weak model, again by the model trained on them, beside helpful pairs labelled by people.
 *
 * Paper: Super(ficial)-alignment: Strong Models May Deceive Weak Models in Weak-to-Strong Generalization,
 *   https://arxiv.org/abs/2406.11431.
 * Reproduced: soft labels from the margin of two likelihoods, whose sign turns a pair; a confidence filter; relabelling of the same pool by the middle
 *   model; helpful and harmless 1:1 for the strong one. Each row names its labeller and the labeller's place in the chain.
 * Outside: training, by the program that is handed in; the deception score, which needs the truth. The authors' filter also wants the weak label to
 *   agree with the truth, which nobody has; this one does not.
 * Constants: from the authors' code: log-probabilities a token on average, kept from a probability of 0.75, helpful pairs for the last model
 *   alone, at most as many as there are harmless ones; ours: which of the helpful ones are left out is drawn.
 * Needs: scoreChat; a model that scores given texts, under the names that training gives. Input columns id, objective ("harmless", whose order
 *   says nothing, or "helpful"), prompt, chosen, rejected.
 */
import { dataset, enrich, filter, flag, http, into, jsonl, logProb, merge, quota, reject, reshape } from "prefloom"
import { type Round, rounds, type RoundsOptions, treat, using, vllmCapabilities } from "prefloom"
import * as Schema from "effect/Schema"

const nRounds = 2
const text = Schema.String
const Pool = { id: text, objective: text, prompt: text, chosen: text, rejected: text }
const number = Schema.NullOr(Schema.Finite)
const ofModel = Schema.Struct({ model: text, logProb: number, nTokens: Schema.NullOr(Schema.Int) })
const LogProbs = { chosenLogProbs: Schema.Array(ofModel), rejectedLogProbs: Schema.Array(ofModel) }
const PerToken = { chosenPerToken: number, rejectedPerToken: number }
const Label = { labeller: text, labellerTier: Schema.Int, labelProb: Schema.Finite, ...PerToken }

const perToken = (of?: typeof ofModel.Type): number => (of?.logProb ?? Number.NaN) / (of?.nTokens ?? Number.NaN)
/** The label of the last model of the chain, and the likelihoods that it comes from. */
const label = (model: string, tier: number) =>
  reshape({
    name: "label",
    needs: LogProbs,
    gives: Label,
    keeps: true,
    config: { model, tier },
    row: ({ chosenLogProbs, rejectedLogProbs }) => {
      const [chosenPerToken, rejectedPerToken] = [perToken(chosenLogProbs.at(-1)), perToken(rejectedLogProbs.at(-1))]
      const labelProb = 1 / (1 + Math.exp(rejectedPerToken - chosenPerToken))
      if (Number.isNaN(labelProb)) return [reject("no label", "a log-probability is missing")]
      return [{ labeller: model, labellerTier: tier, labelProb, chosenPerToken, rejectedPerToken }]
    }
  })

const people = { labeller: "people", labellerTier: 0, labelProb: 1, chosenPerToken: null, rejectedPerToken: null }
const byPeople = enrich({
  name: "byPeople",
  needs: {},
  gives: { ...LogProbs, ...Label },
  rows: (rows) => rows.map(() => ({ ...people, chosenLogProbs: [], rejectedLogProbs: [] }))
})

/** Turns the pairs whose second text the labeller finds likelier; a pair without likelihoods stays as it is. */
const byLikelihood = flag({ rule: "llmJudge", chosen: "chosenPerToken", rejected: "rejectedPerToken" })
const turn = treat({ treatment: "flip" })
const poolOf = (wanted: string) =>
  jsonl("data/weakToStrong.jsonl", Pool).pipe(
    filter({ needs: Pool, reason: `not ${wanted}`, keep: ({ objective }) => objective === wanted })
  )

const oneRound = ({ history, model, round }: Round) => {
  const harmless = poolOf("harmless").pipe(
    logProb.byModel({ as: "chat", models: history }),
    label(model, round),
    byLikelihood,
    turn,
    filter({ needs: { labelProb: Schema.Finite }, reason: "unsure", keep: ({ labelProb }) => labelProb >= 0.75 })
  )
  if (round < nRounds) return harmless
  const helpful = poolOf("helpful").pipe(byPeople, byLikelihood, turn)
  return harmless.pipe(merge(helpful), quota({ by: "objective", most: { helpful: { times: 1, of: "harmless" } } }))
}

/** `train` is the program that trains the next larger model on the rows of a round and prints its name. */
export const weakToStrong = (train: RoundsOptions<never, never, never>["train"]) =>
  rounds({ n: nRounds, model: "weak", train, round: oneRound })

const server = http({ model: "weak", baseUrl: "http://localhost:8000/v1", capabilities: vllmCapabilities })

export default weakToStrong(["./train.sh"]).pipe(into(dataset()), using(server))
