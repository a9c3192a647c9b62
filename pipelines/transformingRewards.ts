/**
 * Transforming and Combining Rewards: best and worst by how likely an answer satisfies every objective at once.
 *
 * Paper: Transforming and Combining Rewards for Aligning Large Language Models, https://arxiv.org/abs/2402.00742.
 * Reproduced: one reward model for each objective; log sigmoid(reward - reference), where the reference of a prompt is a quantile of the
 *   rewards of samples of the reference model; their sum over the objectives, by which answers of the policy are paired.
 * Outside: training of reward models and policy. The paper trains on the sum itself; the pair of best and worst is a use of it.
 * Constants: from a public re-implementation: the 85th percentile; ours, because theirs were not found: 8 samples of each model, helpful
 *   and harmless as objectives.
 * Needs: reward; a policy, a reference model and two reward models at one provider. Input columns id, prompt.
 */
import { aggregate, dataset, generate, http, into, jsonl, pair, type PairRule, Prompt, score, Term } from "prefloom"
import { using, vllmCapabilities } from "prefloom"

const ofPolicy = Term.is(Term.model, "policy")

const bestWorstOfPolicy: PairRule = {
  rule: "bestWorstOfPolicy",
  wants: "two answers of the policy with different scores",
  chosen: { where: [ofPolicy], order: [Term.highest(Term.score)] },
  rejected: { where: [ofPolicy, Term.lessThanChosen(Term.score)], order: [Term.lowest(Term.score)] },
  most: 1
}

export const transformingRewards = jsonl("data/prompts.jsonl", Prompt).pipe(
  generate({ n: 16, models: ["policy", "reference"] }),
  score.candidates({ models: [{ name: "helpfulReward", model: "helpful" }], axis: "helpful" }),
  score.candidates({ models: [{ name: "harmlessReward", model: "harmless" }], axis: "harmless" }),
  aggregate({ by: "logSigmoidSum", quantile: 0.85, referenceModel: "reference" }),
  pair({ rules: [bestWorstOfPolicy] })
)

export default transformingRewards.pipe(
  into(dataset()),
  using(http({ model: "policy", baseUrl: "http://localhost:8000/v1", capabilities: vllmCapabilities }))
)
