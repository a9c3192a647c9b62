/**
 * OrdMoE: lists of answers in an order nobody judged, one answer by each tier of a mixture's experts.
 *
 * Paper: OrdMoE: Preference Alignment via Hierarchical Expert Group Ranking in Multimodal Mixture-of-Experts LLMs,
 * https://arxiv.org/abs/2511.19023.
 * Reproduced: experts in tiers by the scores of the router, each tier run alone, the order of the tiers as the order of the answers.
 * Outside: grouping the experts, which happens in the model: the server has to offer each tier as a model of its own; training.
 * Constants: from the authors' code: none was found; ours, because theirs were not found: three tiers, one answer each, temperature 1.
 * Needs: one model name for each tier at the provider. Weaker models, higher temperatures or less context work the same way. Input columns
 * id, prompt.
 */
import { dataset, generate, http, into, jsonl, judge, rankedList, using } from "prefloom"
import * as Schema from "effect/Schema"

const speakers = [1, 2, 3].map((tier) => ({ name: `tier ${tier}`, model: `experts-${tier}`, tier }))

export const ordMoe = jsonl("data/ordMoe.jsonl", { id: Schema.String, prompt: Schema.String }).pipe(
  generate({ n: speakers.length, speakers }),
  judge.rule({ annotators: ["tier"], of: (_row, { tier }) => (tier === null ? null : -tier) }),
  rankedList()
)

const server = http({ model: "experts-1", baseUrl: "http://localhost:8000/v1" })

export default ordMoe.pipe(into(dataset()), using(server))
