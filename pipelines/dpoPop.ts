/**
 * DPO-PoP: which of two preferences is the stronger one, by two ways of drawing what is compared, and the margins that follow.
 *
 * Paper: DPO-PoP (version 3), https://arxiv.org/abs/2509.22851.
 * Reproduced: ordinal labels made from the gap of two ratings, as in the paper's experiments; random draws, in which wide gaps end up on the
 * strong side, and iterative ones, in which each pair that has a weaker one is the strong side k times.
 * Outside: the loss, in which the model infers the margin of the weaker pair while it is trained. The table of margins is ours: strengths
 * fitted to the comparisons, for trainers that read a margin column.
 * Constants: from the authors' code: none was found; ours, because theirs were not found: 2 comparisons a pair, equal gaps are not compared,
 * no label is flipped. Only the abstract and the reviews could be read.
 * Needs: no model. Input columns id, prompt, chosen, rejected, scoreChosen, scoreRejected.
 */
import { dataset, enrich, into, jsonl, merge, pairOfPairs, pairStrengths } from "prefloom"
import * as Schema from "effect/Schema"

const scored = { scoreChosen: Schema.Finite, scoreRejected: Schema.Finite }
const preferences = { id: Schema.String, prompt: Schema.String, chosen: Schema.String, rejected: Schema.String }

const withMargin = enrich({
  name: "withMargin",
  needs: scored,
  gives: { margin: Schema.Finite },
  rows: (rows) => rows.map(({ scoreChosen, scoreRejected }) => ({ margin: scoreChosen - scoreRejected }))
})

const pairs = jsonl("data/dpoPop.jsonl", { ...preferences, ...scored }).pipe(withMargin)

export const dpoPop = pairs.pipe(
  pairOfPairs({ sampler: "random", k: 2, tie: "drop" }),
  merge(pairs.pipe(pairOfPairs({ sampler: "iterative", k: 2, tie: "drop" })))
)

export default dpoPop.pipe(into(dataset({ derive: { margins: pairStrengths() } })))
