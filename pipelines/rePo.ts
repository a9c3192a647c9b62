/**
 * RE-PO: every annotator's label with the probability that it is right, estimated together with how reliable each annotator is.
 *
 * Paper: RE-PO: Robust Enhanced Policy Optimization (ICLR 2026), https://arxiv.org/abs/2509.24159.
 * Reproduced: one reliability for each annotator, at the fixed point of the paper's expectation-maximisation over all labels (section 4),
 * each label with a hidden truth of its own; the posterior as soft target, row by row.
 * Outside: training, in which the policy itself gives the order probability and both are updated batch by batch. Here it comes from a frozen
 * scorer, so that a posterior below one half turns a label round, which the online loss never does.
 * Constants: from the paper: initial reliability 0.9; ours, because theirs were not found: the temperature of the scorer, fitted on the
 * verdicts of a trusted annotator, and a weak prior on reliabilities.
 * Needs: a model that answers, one that rates, and annotators who compare; a quarter of the prompts judged by somebody trusted.
 */
import { clean, dataset, generate, into, jsonl, judge, Prompt, reshape, simulated, treat, using } from "prefloom"
import { Candidates } from "prefloom/schemas/Candidate"
import { Labels } from "prefloom/schemas/Label"
import * as Schema from "effect/Schema"

const personas = {
  expert: "You are an expert. Answer correctly and completely.",
  teacher: "You are a patient teacher. Answer so that a beginner understands.",
  student: "You are a student in the second year. Answer as well as you can."
}
const annotators = ["ada", "bram", "chen", "dunja", "emil"]

/** One row for each label: what its annotator preferred, against what. */
const labelsAsPairs = reshape({
  name: "labelsAsPairs",
  needs: { id: Schema.String, prompt: Schema.String, ...Candidates, ...Labels },
  gives: {
    id: Schema.String,
    promptId: Schema.String,
    prompt: Schema.String,
    annotator: Schema.String,
    chosen: Schema.String,
    rejected: Schema.String,
    pModel: Schema.Finite,
    labelProb: Schema.Finite,
    plantedCorrect: Schema.NullOr(Schema.Boolean)
  },
  keeps: false,
  row: ({ candidates, id: promptId, labels, prompt }) =>
    labels.map(({ annotator, betterId, labelProb, pModel, worseId }, i) => {
      const [better, worse] = [betterId, worseId].map((id) => candidates.find((candidate) => candidate.id === id)!)
      const [chosenQuality, rejectedQuality] = [better!.plantedQuality, worse!.plantedQuality]
      const isKnown = chosenQuality !== null && rejectedQuality !== null && chosenQuality !== rejectedQuality
      return {
        id: `${promptId} ${i}`,
        promptId,
        prompt,
        annotator,
        chosen: better!.text,
        rejected: worse!.text,
        pModel,
        labelProb,
        plantedCorrect: isKnown ? chosenQuality > rejectedQuality : null
      }
    })
})

export const rePo = jsonl("data/prompts.jsonl", Prompt).pipe(
  generate({ n: 3, personas }),
  judge.rate({ annotators: ["scorer"] }),
  judge.compare({ annotators: [...annotators, { name: "gold", share: 0.25 }], orders: "one" }),
  clean({ method: "rePo", evidence: ["scorer"], trusted: ["gold"], initialReliability: 0.9, treatment: "keep" }),
  labelsAsPairs,
  treat({ treatment: "softLabel" })
)

export default rePo.pipe(into(dataset()), using(simulated())) // a real model: using(openai({ model: "gpt-5-mini" }))
