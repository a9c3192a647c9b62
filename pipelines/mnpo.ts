/**
 * MNPO: best and worst of five samples, with the log-probabilities of both under the reference and all policies so far.
 *
 * Paper: Multiplayer Nash Preference Optimization, https://arxiv.org/abs/2509.23102.
 * Reproduced: each prompt is used in one round alone; five samples by five seeds; prompts whose samples are all equal are dropped; arg-max
 * and arg-min of a reward model; log-probabilities by model, of which there is one more in each round.
 * Outside: training, whose loss weighs the log-ratios of each opponent: the program that is handed in does it between two rounds.
 * Constants: from the authors' code: seeds 13, 21, 42, 79 and 100, temperature 0.8, top-p 0.95, 4,096 tokens; ours: three rounds, shards drawn
 * by a hash of the id; where several samples share an end one is drawn, and where all are tied the prompt is dropped, where the shipped
 * scorer pairs the first two.
 * Needs: a policy that samples and scores given texts under the names that training gives, and a reward model, all at one provider.
 * Input columns id, prompt.
 */
import { bestWorst, dataset, filter, generate, http, into, jsonl, logProb, pair, rounds, score, Seed } from "prefloom"
import { type Round, type RoundsOptions, using, vllmCapabilities } from "prefloom"
import { Candidates } from "prefloom/schemas/Candidate"
import * as Schema from "effect/Schema"

const nRounds = 3
const prompts = jsonl("data/mnpo.jsonl", { id: Schema.String, prompt: Schema.String })
const shardOf = (id: string): number => 1 + (Number.parseInt(Seed.contentId(id).slice(0, 8), 16) % nRounds)

const oneRound = ({ history, model, round }: Round) =>
  prompts.pipe(
    filter({ needs: { id: Schema.String }, reason: "shard of another round", keep: ({ id }) => shardOf(id) === round }),
    generate({
      n: 5,
      models: [model],
      seeds: [13, 21, 42, 79, 100],
      temperature: 0.8,
      topP: 0.95,
      maxTokens: 4096
    }),
    filter({
      needs: Candidates,
      reason: "all samples are equal",
      keep: ({ candidates }) => new Set(candidates.map(({ text }) => text)).size > 1,
      detail: ({ candidates }) => candidates[0]!.text
    }),
    score.candidates({ models: [{ name: "reward", model: "reward" }] }),
    pair({ rules: [bestWorst({ tie: "random" })] }),
    logProb.byModel({ as: "chat", models: history })
  )

/** `train` is the program that trains on the rows of a round and prints the name of the new policy. */
export const mnpo = (train: RoundsOptions<never, never, never>["train"]) =>
  rounds({ n: nRounds, model: "reference", train, round: oneRound })

const server = http({ model: "reference", baseUrl: "http://localhost:8000/v1", capabilities: vllmCapabilities })

export default mnpo(["./train.sh"]).pipe(into(dataset()), using(server))
