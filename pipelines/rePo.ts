/**
 * RE-PO: every annotator's label with the probability that it is right, estimated together with how reliable each annotator is.
 *
 * Paper: RE-PO: Robust Enhanced Policy Optimization (ICLR 2026), https://arxiv.org/abs/2509.24159.
 * Reproduced: one reliability for each annotator, at the fixed point of the paper's expectation-maximisation over all labels (section 4),
 * each label with a hidden truth of its own; the posterior as soft target, row by row; the experiment in which a known share of labels
 * is flipped and has to be found again (`noiseRecovery`).
 * Outside: training, in which the policy itself gives the order probability and both are updated batch by batch. Here it comes from a frozen
 * scorer, so that a posterior below one half turns a label round, which the online loss never does.
 * Constants: from the paper: initial reliability 0.9, flipped shares of 0 to 0.8; ours, because theirs were not found: the temperature of
 * the scorer, fitted on the verdicts of a trusted annotator, a weak prior on reliabilities, and an audit that needs no scorer, because
 * labels on two answers share one truth in it.
 * Needs: a model that answers, one that rates, and annotators who compare; a quarter of the prompts judged by somebody trusted.
 */
import { adjacentRanks, adopt, audit, clean, dataset, generate, into, jsonl, judge, pair, plantNoise } from "prefloom"
import { Prompt, reshape, simulated, treat, using } from "prefloom"
import { Candidates } from "prefloom/schemas/Candidate"
import { Labels } from "prefloom/schemas/Label"
import * as Schema from "effect/Schema"

const personas = {
  expert: "You are an expert. Answer correctly and completely.",
  teacher: "You are a patient teacher. Answer so that a beginner understands.",
  student: "You are a student in the second year. Answer as well as you can."
}
const annotators = ["ada", "bram", "chen", "dunja", "emil"]
const trusted = { name: "gold", share: 0.25 }
const estimate = clean({
  method: "rePo",
  evidence: ["scorer"],
  trusted: [trusted.name],
  initialReliability: 0.9,
  treatment: "keep"
})
const [text, number] = [Schema.String, Schema.Finite]
const Texts = { id: text, promptId: text, prompt: text, annotator: text, chosen: text, rejected: text }

/** One row for each label: what its annotator preferred, against what. */
const labelsAsPairs = reshape({
  name: "labelsAsPairs",
  needs: { id: text, prompt: text, ...Candidates, ...Labels },
  gives: { ...Texts, pModel: number, labelProb: number, plantedCorrect: Schema.NullOr(Schema.Boolean) },
  keeps: false,
  row: ({ candidates, id: promptId, labels, prompt }) =>
    labels.map(({ betterId, worseId, ...label }, i) => {
      const [better, worse] = [betterId, worseId].map((id) => candidates.find((candidate) => candidate.id === id)!)
      const [chosenQuality, rejectedQuality] = [better!.plantedQuality, worse!.plantedQuality]
      const isKnown = chosenQuality !== null && rejectedQuality !== null && chosenQuality !== rejectedQuality
      const plantedCorrect = isKnown ? chosenQuality > rejectedQuality : null
      const sides = { chosen: better!.text, rejected: worse!.text, plantedCorrect }
      return { id: `${promptId} ${i}`, promptId, prompt, ...label, ...sides }
    })
})

const answered = jsonl("data/prompts.jsonl", Prompt).pipe(generate({ n: 3, personas }))
const rated = judge.rate({ annotators: ["scorer"] })
export const rePo = answered.pipe(
  rated,
  judge.compare({ annotators: [...annotators, trusted], orders: "one" }),
  audit(),
  estimate,
  labelsAsPairs,
  treat({ treatment: "softLabel" })
)

/** The share of flipped labels is the noise rate that the finding of `clean` estimates, besides what was wrong before. */
export const noiseRecovery = (rate: number) =>
  answered.pipe(
    judge.compare({ annotators: [trusted.name], orders: "one" }),
    pair({ rules: [adjacentRanks()] }),
    plantNoise({ kind: "uniform", rate }),
    adopt(),
    judge.rule({ annotators: ["recorded"], between: () => "first" }),
    rated,
    judge.compare({ annotators: [trusted], orders: "one" }),
    estimate
  )

export default rePo.pipe(into(dataset()), using(simulated())) // a real model: using(openai({ model: "gpt-5.4-mini" }))
