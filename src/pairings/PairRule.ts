import type { Contender } from "./Contender.ts"
import * as Term from "./Term.ts"

/** Which candidates may stand on one side of a pair, and which come first. */
export interface Side {
  /** All have to hold; default none. For the rejected side they may look at the chosen candidate too. */
  readonly where?: ReadonlyArray<Term.Test>
  /** Compared one after the other, low numbers first; default none. */
  readonly order?: ReadonlyArray<Term.Quantity>
}

/** Why no pair was made: a short phrase that is counted, and one sentence with what decided. */
export interface NoPair {
  readonly reason: string
  readonly detail: string
}

/**
 * A way to cut pairs from the candidates of one prompt: who may be chosen, who may be rejected beside it, what comes first.
 *
 * `cutPairs` says what it does. The ready-made rules below are rules like any other: change one by spreading it,
 * `{ ...threshold({ high: 8, low: 3 }), rule: "wide", most: 2 }`.
 */
export interface PairRule {
  /** Name in the rows and the rejects; differs among the rules of a stage. */
  readonly rule: string
  readonly chosen: Side
  readonly rejected: Side
  /** What the rule looks for, in words that follow "Expected". */
  readonly wants: string
  /** An order of whole pairs, which goes before those of the sides; read off the rejected candidate beside the chosen one. */
  readonly order?: ReadonlyArray<Term.Quantity>
  /** Most pairs from one prompt, a positive integer; default no limit. */
  readonly most?: number
  /** A text of the chosen candidate: `most` then counts for each of its values. */
  readonly per?: Term.Attribute
  /** What happens to pairs with the same claim to the last places: none is taken (default), all are, or some are drawn. */
  readonly tie?: "drop" | "keep" | "random"
  /** Texts at least as similar as this make no pair unless one was made from the other; see `textSimilarity`. Default 0.95; 1 lets all pass that differ. */
  readonly maxSimilarity?: number
  /** What is tried where this rule makes no pair. */
  readonly otherwise?: PairRule
  /** Says why there is no pair, where the rule knows better than the core. */
  readonly explain?: (candidates: ReadonlyArray<Contender>) => NoPair | null
  /** Candidates that ought to have had a pair; told even where others have one. */
  readonly leftOver?: (candidates: ReadonlyArray<Contender>) => ReadonlyArray<NoPair>
}

/** The `maxSimilarity` of a rule that says nothing else. */
export const usualSimilarity = 0.95

const namesOf = (terms: ReadonlyArray<{ readonly name: string }> | undefined) => (terms ?? []).map(({ name }) => name)

/** A rule as plain JSON, for the manifest: terms by their names. */
export const describe = (rule: PairRule): Readonly<Record<string, unknown>> => {
  const side = ({ order, where }: Side) => ({ where: namesOf(where), order: namesOf(order) })
  return {
    rule: rule.rule,
    chosen: side(rule.chosen),
    rejected: side(rule.rejected),
    order: namesOf(rule.order),
    most: rule.most ?? null,
    per: rule.per?.name ?? null,
    tie: rule.tie ?? "drop",
    maxSimilarity: rule.maxSimilarity ?? usualSimilarity,
    otherwise: rule.otherwise === undefined ? null : describe(rule.otherwise)
  }
}

/** Returns the rules; throws a RangeError on a cap or similarity out of range and on two rules of one name, fallbacks among them. */
export const checked = (rules: ReadonlyArray<PairRule>): ReadonlyArray<PairRule> => {
  const names = new Set<string>()
  const check = (rule: PairRule): void => {
    const { maxSimilarity = 1, most = 1, otherwise, rule: name } = rule
    const found = (what: string, expected: string) =>
      new RangeError(`Cannot pair by rule "${name}": found ${what}, expected ${expected}`)
    if (!(most === Number.POSITIVE_INFINITY || (Number.isInteger(most) && most >= 1))) {
      throw found(`most ${most}`, "a positive integer")
    }
    if (!(maxSimilarity > 0 && maxSimilarity <= 1))
      throw found(`maxSimilarity ${maxSimilarity}`, "above 0 and at most 1")
    if (names.has(name))
      throw found("a second rule of this name", 'another name; give it one with { ...rule, rule: "name" }')
    names.add(name)
    if (otherwise !== undefined) check(otherwise)
  }
  for (const rule of rules) check(rule)
  return rules
}
