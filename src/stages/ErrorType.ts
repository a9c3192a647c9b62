/** A kind of error to inject: its id and what it means, in words a model can follow. */
export interface ErrorType {
  readonly id: string
  readonly definition: string
}

/**
 * The three error types of SeaPO, defined in our own words.
 *
 * Source: SeaPO, https://arxiv.org/abs/2509.24781
 */
export const seaPoErrorTypes = [
  {
    id: "correctness",
    definition:
      "Something stated is false or computed wrongly: a wrong fact, a faulty calculation, a mistranslation, a tool or formula used the wrong way."
  },
  {
    id: "logic",
    definition:
      "The argument breaks: it contradicts itself, draws a conclusion that nothing supports, goes in a circle or takes its steps in an order that cannot work."
  },
  {
    id: "hallucination",
    definition:
      "Something is made up: a fact, source, person, number or detail that does not exist and that the question gives no ground for."
  }
] as const satisfies ReadonlyArray<ErrorType>
