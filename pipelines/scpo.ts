/**
 * SCPO: fine contrasts in both directions (one picture with two texts, one text with two pictures) in stages from easy to hard.
 *
 * Paper: Mitigating Visual Hallucinations via Semantic Curriculum Preference Optimization in MLLMs, https://arxiv.org/abs/2509.24491.
 * Reproduced: a fine semantic error of one kind put into each caption; mirrored pairs; a difficulty of three signals (how unsure the model
 * is, how close the two sides are in meaning, how little their wording differs), sorted into stages.
 * Outside: training, with a reference model that is renewed at each stage; showing pictures, which are references in the prompts here.
 * Constants: from the authors' code: none was found; ours, because theirs were not found: equal weights of the three signals, three
 * stages, the kinds of error, of which one is drawn for each picture.
 * Needs: a language model that edits, log-probabilities of given texts and embeddings, at one provider. Input columns id, scene
 * (pictures that differ little), prompt, caption.
 */
import { adopt, dataset, Difficulty, embed, http, inject, injected, into, jsonl, logProb, merge, order } from "prefloom"
import { pair, pairContexts, reshape, Term, unjudged, using, vllmCapabilities } from "prefloom"
import { editSimilarity } from "prefloom/corruptions/editSimilarity"
import { ContextPair } from "prefloom/schemas/ContextPair"
import { Pair } from "prefloom/schemas/Pair"
import * as Schema from "effect/Schema"

const scenes = { id: Schema.String, scene: Schema.String, prompt: Schema.String, caption: Schema.String }

/** What both sides share is the prompt: the picture of two texts, or the text of two pictures. */
const { chosen, id, prompt, rejected } = Pair
const contrast = { id, direction: Schema.String, prompt, chosen, rejected }
const ofTexts = reshape({
  name: "ofTexts",
  needs: Pair,
  gives: contrast,
  keeps: false,
  row: (row) => [{ ...row, direction: "texts" }]
})
const ofPictures = reshape({
  name: "ofPictures",
  needs: ContextPair,
  gives: contrast,
  keeps: false,
  row: (row) => [
    { ...row, direction: "pictures", prompt: row.response, chosen: row.chosenPrompt, rejected: row.rejectedPrompt }
  ]
})

const fineErrors = [
  { id: "object", definition: "One thing is named that is not in the picture, in the place of one that is." },
  { id: "attribute", definition: "One colour, number, size or material is another one." },
  { id: "relation", definition: "One place or direction, or what somebody does to something, is another one." }
]

const number = Schema.NullOr(Schema.Finite)
const logProbs = { chosenGivenPrompt: number, rejectedGivenPrompt: number }
const signals = { chosen, rejected, ...logProbs, embeddingCosine: number }

/** Hard where the model is unsure which side is likelier, and where the sides are close in meaning and in wording. */
const fineness = Difficulty.make("fineness", signals, (row) => {
  const { chosenGivenPrompt, embeddingCosine, rejectedGivenPrompt } = row
  if (embeddingCosine === null || chosenGivenPrompt === null || rejectedGivenPrompt === null) return null
  const uncertainty = 1 - Math.abs(Math.tanh((chosenGivenPrompt - rejectedGivenPrompt) / 2))
  return (uncertainty + embeddingCosine + editSimilarity(row.chosen, row.rejected)) / 3
})

const described = jsonl("data/scpo.jsonl", scenes).pipe(adopt({ columns: ["caption"] }), unjudged())

export const scpo = described.pipe(
  inject({ types: fineErrors, target: "first" }),
  pair({ rules: [injected()] }),
  ofTexts,
  merge(described.pipe(pairContexts({ column: "scene", response: Term.isOriginal }), ofPictures)),
  logProb.pairs({ model: "policy" }),
  embed.pairs({ model: "embedder", template: ({ response }) => response }),
  embed.cosines(),
  order({ by: fineness, stages: 3 })
)

const server = http({ model: "editor", baseUrl: "http://localhost:8000/v1", capabilities: vllmCapabilities })

export default scpo.pipe(into(dataset()), using(server))
