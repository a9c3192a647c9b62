import { type Candidate, Candidates } from "../../schemas/Candidate.ts"
import { type Judgment, Judgments } from "../../schemas/Judgment.ts"
import { type Label, Labels } from "../../schemas/Label.ts"
import { Prompt } from "../../schemas/Prompt.ts"
import { keyedRandom } from "../../src/math/keyedRandom.ts"
import { ownEntries } from "../providers/ownBank.ts"
import { candidateOf, labelOf, ratingOf, verdictOf } from "./candidates.ts"

export const promptFields = Prompt
export const groupFields = { ...Prompt, ...Candidates, ...Judgments }
export const labelledFields = { ...groupFields, ...Labels }

/** The first prompts of the bank. */
export const somePrompts = (n: number) =>
  ownEntries.slice(0, n).map(({ domain, id, prompt, reference }) => ({ id, domain, prompt, reference }))

/**
 * The first prompts of the bank with their answers, the best one with an error, and judgments: `scorer` rates, `gold` knows, and
 * `ada` and `emil` err now and then.
 */
export const someGroups = (n: number) =>
  ownEntries.slice(0, n).map(({ answers, domain, errors, id, prompt, reference }) => {
    const random = keyedRandom("someGroups", id)
    const candidates: Array<Candidate> = answers.map(({ quality, text }, i) =>
      candidateOf({ id: `${id} ${i}`, text, plantedQuality: quality, sampleIndex: i })
    )
    candidates.push(
      candidateOf({
        id: `${id} wrong`,
        text: `${answers[0]!.text} ${errors[0]!.text}`,
        parentId: `${id} 0`,
        injection: { errorType: errors[0]!.type, injector: "m", similarity: 0.8, lengthRatio: 1.2 },
        plantedQuality: answers[0]!.quality - 0.28
      })
    )
    const judgments: Array<Judgment> = candidates.map((candidate) =>
      ratingOf("scorer", candidate.id, 1 + 9 * candidate.plantedQuality! + random() - 0.5)
    )
    for (const [i, first] of candidates.entries()) {
      for (const second of candidates.slice(i + 1)) {
        for (const [annotator, reliability] of Object.entries({ gold: 1, ada: 0.9, emil: 0.6 })) {
          const correct = random() < reliability
          const firstIsBetter = first.plantedQuality! > second.plantedQuality!
          judgments.push(
            verdictOf(annotator, first.id, second.id, correct === firstIsBetter ? "first" : "second", correct)
          )
        }
      }
    }
    return { id, domain, prompt, reference, candidates, judgments }
  })

/** The same with a label for each comparison of `ada`. */
export const someLabelledGroups = (n: number) =>
  someGroups(n).map((group) => {
    const labels: ReadonlyArray<Label> = group.judgments.flatMap(({ annotator, firstId, secondId, verdict }) => {
      if (annotator !== "ada" || secondId === null) return []
      const isFirst = verdict === "first"
      const [betterId, worseId] = isFirst ? [firstId, secondId] : [secondId, firstId]
      return [labelOf({ annotator, betterId, worseId, labelProb: 0.8 })]
    })
    return { ...group, labels }
  })

/** A row of candidates with ratings: `{ a: 3 }` is candidate a with score 3; null has none. */
export const groupOf = (
  id: string,
  scores: Readonly<Record<string, number | null>>,
  more: Readonly<Record<string, Partial<Candidate>>> = {}
) => ({
  id,
  domain: null,
  prompt: `prompt of ${id}`,
  reference: null,
  candidates: Object.keys(scores).map((name) => candidateOf({ id: name, text: `text ${name}`, ...more[name] })),
  judgments: Object.entries(scores).flatMap(([name, score]): ReadonlyArray<Judgment> =>
    score === null ? [] : [ratingOf("r", name, score)]
  )
})
