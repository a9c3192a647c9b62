import { normaliseAnswer } from "./normaliseAnswer.ts"

/** How much two short answers have in common. */
export interface AnswerOverlap {
  /** 1 where they are equal, else 0. */
  readonly exact: number
  /** 1 where the words of the reference stand in the answer, one behind the other, else 0. */
  readonly contained: number
  /** Harmonic mean of the shares of words, counted with repeats, that each has in common with the other; 0 to 1. */
  readonly f1: number
}

/**
 * Compares an answer with a reference, both normalised (see `normaliseAnswer`).
 *
 * Where both have no words left they are equal, and everything is 1; where one has none, everything is 0. Time O(words).
 *
 * Source: the evaluation of SQuAD, Rajpurkar et al. 2016, https://arxiv.org/abs/1606.05250
 */
export const answerOverlap = (answer: string, reference: string): AnswerOverlap => {
  const [given, wanted] = [normaliseAnswer(answer), normaliseAnswer(reference)]
  if (given === wanted) return { exact: 1, contained: 1, f1: 1 }
  if (given === "" || wanted === "") return { exact: 0, contained: 0, f1: 0 }
  const words = given.split(" ")
  const left = new Map<string, number>()
  for (const word of words) left.set(word, (left.get(word) ?? 0) + 1)
  const references = wanted.split(" ")
  let common = 0
  for (const word of references) {
    const n = left.get(word) ?? 0
    if (n === 0) continue
    left.set(word, n - 1)
    common++
  }
  return {
    exact: 0,
    contained: Number(` ${given} `.includes(` ${wanted} `)),
    f1: (2 * common) / (words.length + references.length)
  }
}
