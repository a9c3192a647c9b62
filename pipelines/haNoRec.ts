/**
 * HaNoRec: what a user took next against catalogue items, each pair weighed by how hard it is and how the policy answers to it.
 *
 * Paper: a multimodal framework with Hardness-aware and Noise-regularized preference optimization for Recommendation (HaNoRec), no link found.
 * Reproduced: the weight rises with the estimated hardness of a pair and falls as the policy has learnt it already.
 * Outside: training, with Gaussian noise on the logits; computing weights anew at each step, for which run again on the new policy.
 * Constants: from the authors' code: none was found; ours, because theirs were not found: the whole formula. Hardness is the cosine of the two
 * items' embeddings on [0, 1], responsiveness the policy's probability of the wrong order, beta 0.1, the weight twice their product.
 * Needs: log-probabilities of given texts by policy and reference, and embeddings, at one provider. Input columns id, history, next,
 * negatives.
 */
import { dataset, embed, http, into, jsonl, logProb, reject, reshape, using, vllmCapabilities } from "prefloom"
import * as Schema from "effect/Schema"

const texts = Schema.Array(Schema.String)
const visits = { id: Schema.String, history: texts, next: Schema.String, negatives: texts }

/** The item taken next against each negative: candidates come from the catalogue, nothing is generated. */
const againstNegatives = reshape({
  name: "againstNegatives",
  needs: visits,
  gives: {
    id: Schema.String,
    promptId: Schema.String,
    prompt: Schema.String,
    chosen: Schema.String,
    rejected: Schema.String
  },
  keeps: false,
  row: ({ history, id, negatives, next }) =>
    negatives.map((rejected, i) => ({
      id: `${id} ${i}`,
      promptId: id,
      prompt: `A customer took, in this order:\n${history.join("\n")}\nWhat is taken next?`,
      chosen: next,
      rejected
    }))
})

const beta = 0.1
const number = Schema.NullOr(Schema.Finite)

/** Hard pairs that the policy does not tell apart yet count most; a pair without evidence leaves. */
const weighByHardness = reshape({
  name: "weighByHardness",
  needs: { policyGap: number, embeddingCosine: number },
  gives: { hardness: Schema.Finite, responsiveness: Schema.Finite, weight: Schema.Finite },
  keeps: true,
  config: { beta },
  row: ({ embeddingCosine, policyGap }) => {
    if (policyGap === null || embeddingCosine === null) {
      return [reject("no evidence", "a log-probability or an embedding is missing")]
    }
    const hardness = (1 + embeddingCosine) / 2
    const responsiveness = 1 / (1 + Math.exp(beta * policyGap))
    return [{ hardness, responsiveness, weight: 2 * hardness * responsiveness }]
  }
})

export const haNoRec = jsonl("data/haNoRec.jsonl", visits).pipe(
  againstNegatives,
  logProb.gaps({ models: [{ name: "policy", model: "policy" }], reference: "reference" }),
  embed.pairs({ model: "embedder", template: ({ response }) => response }),
  embed.cosines(),
  weighByHardness
)

const server = http({ model: "policy", baseUrl: "http://localhost:8000/v1", capabilities: vllmCapabilities })

export default haNoRec.pipe(into(dataset()), using(server))
