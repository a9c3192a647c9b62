import type { PairRule } from "./PairRule.ts"
import { places, type RuleOptions } from "./RuleOptions.ts"
import * as Term from "./Term.ts"

/** Options of `fieldMismatch`. */
export interface FieldMismatchOptions extends RuleOptions {
  /** What is compared: null where the text cannot be read. */
  readonly fields: ReadonlyArray<Term.Attribute>
  /** Which candidates are right by themselves, for instance those of a stronger model; default none is, and the higher score decides. */
  readonly reference?: Term.Test
}

/**
 * A candidate whose fields can all be read against those that differ from it in a field, or where a field cannot be read.
 *
 * With a `reference` that one is chosen, whatever the scores say, and references make no pair among themselves; without, the one
 * that scores more. Texts that are nearly identical make a pair here, as long as a field differs. Throws a RangeError without a field.
 */
export const fieldMismatch = (options: FieldMismatchOptions): PairRule => {
  const { fields, reference } = options
  if (fields.length === 0) throw new RangeError("Cannot pair by fields: found none, expected at least one field")
  const readable = fields.map((field) => Term.test(`${field.name} can be read`, (...at) => field.of(...at) !== null))
  const differs = Term.anyOf(...fields.map(Term.unlikeChosen))
  const names = fields.map(({ name }) => name).join(", ")
  return {
    rule: "fieldMismatch",
    wants: `a candidate with ${names} beside one that differs in ${names}`,
    chosen: { where: reference === undefined ? readable : [reference, ...readable] },
    rejected: {
      where: [differs, reference === undefined ? Term.lessThanChosen(Term.score) : Term.not(reference)]
    },
    order: [Term.highest(Term.margin)],
    maxSimilarity: 1,
    ...places(options)
  }
}
