/**
 * MetaAPO: offline pairs beside fresh ones, sampled only where the offline pair misfits the policy, with a weight between the two.
 *
 * Paper: Alignment through Meta-Weighted Online Sampling: Bridging the Gap between Data Generation and Preference Optimization,
 *   https://arxiv.org/abs/2509.23371.
 * Reproduced: the implicit reward of each offline pair from four log-probabilities; its weight w = h(log sigmoid(reward)); sampling with the
 *   recorded probability 1 - w; best and worst of the samples by a reward model; both pairs in one row; h and the policy anew each round.
 * Outside: training of the policy on w L(offline) + (1 - w) L(online) and of h, by the program that is handed in; it may leave h as
 *   `weigher.json` in `PREFLOOM_FOLDER`.
 * Constants: from the authors' code: 3 rounds, the policy of a round is the reference of the next, 8 samples at temperature 1 of at most
 *   2,048 tokens, h of 1-100-1 units with tanh and sigmoid, its weights 0.1 and biases 0 before training; ours: shards by a hash of the id,
 *   a prompt with tied samples keeps its offline pair alone. Theirs computes a cap on the share of sampled prompts and never uses it.
 * Needs: scoreChat and reward: a policy that samples and scores given texts under the names that training gives, its reference, and a reward
 *   model, at one provider. Input columns id, prompt, chosen, rejected.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { bestWorst, dataset, filter, generate, http, into, join, jsonl, logProb, pair, reject, reshape } from "prefloom"
import { type Round, rounds, type RoundsOptions, sample, score, Seed, using, vllmCapabilities } from "prefloom"
import * as Schema from "effect/Schema"

const nRounds = 3
const Offline = { id: Schema.String, prompt: Schema.String, chosen: Schema.String, rejected: Schema.String }
const shardOf = (id: string): number => 1 + (Number.parseInt(Seed.contentId(id).slice(0, 8), 16) % nRounds)

/** The network h: one number in, 100 units, one number in (0, 1) out. */
const units = (value: number) => Array<number>(100).fill(value)
const untrained = { hidden: units(0.1), biases: units(0), output: units(0.1), bias: 0 }
const h = ({ bias, biases, hidden, output }: typeof untrained, x: number): number =>
  1 / (1 + Math.exp(-hidden.reduce((sum, weight, i) => sum + output[i]! * Math.tanh(weight * x + biases[i]!), bias)))
const weigherBeside = (rows: string | undefined): typeof untrained => {
  const file = rows === undefined ? "" : path.join(path.dirname(rows), "weigher.json")
  return fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as typeof untrained) : untrained
}

const byModel = Schema.Array(Schema.Struct({ model: Schema.String, logProb: Schema.NullOr(Schema.Finite) }))
const gain = ([policy, reference]: typeof byModel.Type) =>
  (policy?.logProb ?? Number.NaN) - (reference?.logProb ?? Number.NaN)

/** Needs the log-probabilities under the policy, then the reference; h is read when the round begins. */
const weigh = (rows: string | undefined) => {
  let weigher: typeof untrained | undefined
  return reshape({
    name: "weigh",
    needs: { id: Schema.String, chosenLogProbs: byModel, rejectedLogProbs: byModel },
    gives: { promptId: Schema.String, reward: Schema.Finite, weight: Schema.Finite },
    keeps: true,
    config: { h: rows ?? "untrained" },
    row: ({ chosenLogProbs, id, rejectedLogProbs }) => {
      const reward = gain(chosenLogProbs) - gain(rejectedLogProbs)
      if (Number.isNaN(reward)) return [reject("no reward", "a log-probability is missing")]
      weigher ??= weigherBeside(rows)
      return [{ promptId: id, reward, weight: h(weigher, -Math.log1p(Math.exp(-reward))) }]
    }
  })
}

const oneRound = ({ earlier, history, model, round }: Round) => {
  const weighed = jsonl("data/metaApo.jsonl", Offline).pipe(
    filter({ needs: { id: Schema.String }, reason: "shard of another round", keep: ({ id }) => shardOf(id) === round }),
    logProb.byModel({ as: "chat", models: [model, history.at(-2) ?? "sft"] }),
    weigh(earlier.at(-1))
  )
  const online = weighed.pipe(
    sample({ needs: { weight: Schema.Finite }, probability: ({ weight }) => 1 - weight }),
    generate({ n: 8, models: [model], temperature: 1, maxTokens: 2048 }),
    score.candidates({ models: [{ name: "reward", model: "reward" }] }),
    pair({ rules: [bestWorst()], carry: { sampleProbability: Schema.Finite } })
  )
  const take = { onlineChosen: "chosen", onlineRejected: "rejected", sampleProbability: "sampleProbability" } as const
  return weighed.pipe(join(online, { on: "promptId", take, unmatched: "keep" }))
}

/** `train` is the program that trains policy and h on the rows of a round and prints the name of the new policy. */
export const metaApo = (train: RoundsOptions<never, never, never>["train"]) =>
  rounds({ n: nRounds, model: "dpo", train, round: oneRound })

const server = http({ model: "dpo", baseUrl: "http://localhost:8000/v1", capabilities: vllmCapabilities })

export default metaApo(["./train.sh"]).pipe(into(dataset()), using(server))
