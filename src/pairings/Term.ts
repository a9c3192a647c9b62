import * as Wording from "../math/Wording.ts"
import { type Contender, wordingOf } from "./Contender.ts"

/**
 * Something a pairing rule reads off a candidate, alone or beside the chosen one.
 *
 * For the chosen side itself both arguments are the same candidate. `of` has to be pure; `name` stands for it in the manifest, so
 * another meaning needs another name.
 */
export interface Term<out A> {
  readonly name: string
  readonly of: (candidate: Contender, chosen: Contender, draw: TermDraw) => A
}

/**
 * Gives a uniform number in [0, 1) that depends on the run's seed, the prompt, the rule and the two candidates alone; with "alone" not on
 * the chosen one either, so that whatever is chosen, the others come in one order.
 */
export type TermDraw = (of?: "alone") => number

/** A condition. */
export type Test = Term<boolean>

/** A number to compare or to order by; null where it is not known. */
export type Quantity = Term<number | null>

/** A text to compare; null where there is none, for instance where an answer cannot be read. */
export type Attribute = Term<string | null>

/** A condition of your own under a name of your own. */
export const test = (name: string, of: Test["of"]): Test => ({ name, of })

/** A number of your own under a name of your own: tool calls, tokens, entropy. */
export const quantity = (name: string, of: Quantity["of"]): Quantity => ({ name, of })

/** A text of your own under a name of your own: the final answer, a field of a JSON answer, a tier. */
export const attribute = (name: string, of: Attribute["of"]): Attribute => ({ name, of })

/** The score of a candidate, as the stage knows it. */
export const score: Quantity = quantity("score", (candidate) => candidate.score)

/** The mean rating of a candidate on one axis. */
export const rating = (axis: string): Quantity =>
  quantity(`rating on ${axis}`, (candidate) => candidate.ratings.get(axis) ?? null)

/** A number that is known of a candidate under a name, such as its tool calls; see the `features` of a candidate. */
export const feature = (name: string): Quantity =>
  quantity(`feature ${name}`, ({ features }) => features.find((one) => one.name === name)?.value ?? null)

/** The rank that is known from how the text was made, 1 the best. */
export const tier: Quantity = quantity("tier", (candidate) => candidate.tier)

/** The place of a text in a list, from 0; null where it is not in it. */
export const placeIn = (of: Attribute, list: ReadonlyArray<string>): Quantity =>
  quantity(`place of ${of.name} in ${list.join(" > ")}`, (...at) => {
    const index = list.indexOf(of.of(...at) ?? "")
    return index < 0 ? null : index
  })

/** Length of the text in UTF-16 units. */
export const textLength: Quantity = quantity("length", ({ text }) => text.length)

/** How far the score of the chosen candidate is above this one's. */
export const margin: Quantity = quantity("margin", (candidate, chosen) =>
  candidate.score === null || chosen.score === null ? null : chosen.score - candidate.score
)

/** How much of their wording the two texts share, 0 to 1; see `textSimilarity`. */
export const similarity: Quantity = quantity("similarity", (candidate, chosen) =>
  Wording.similarity(wordingOf(chosen), wordingOf(candidate))
)

/** Who wrote the text. */
export const model: Attribute = attribute("model", (candidate) => candidate.model)

/** What the text is: "answer", "thought" and so on. */
export const kind: Attribute = attribute("kind", (candidate) => candidate.kind)

/** What made the text of another one: "inject", "refine" and so on; null for an original. */
export const operation: Attribute = attribute("operation", (candidate) => candidate.operation)

/** As whom the model wrote it. */
export const persona: Attribute = attribute("persona", (candidate) => candidate.persona)

/** The number is known and at least this. */
export const atLeast = (of: Quantity, least: number): Test =>
  test(`${of.name} >= ${least}`, (...at) => (of.of(...at) ?? Number.NaN) >= least)

/** The number is known and at most this. */
export const atMost = (of: Quantity, most: number): Test =>
  test(`${of.name} <= ${most}`, (...at) => (of.of(...at) ?? Number.NaN) <= most)

/** The number is known and above this. */
export const above = (of: Quantity, limit: number): Test =>
  test(`${of.name} > ${limit}`, (...at) => (of.of(...at) ?? Number.NaN) > limit)

/** The number is below that of the chosen candidate, both known. */
export const lessThanChosen = (of: Quantity): Test =>
  test(`${of.name} below the chosen`, (candidate, chosen, draw) => compare(of, candidate, chosen, draw) < 0)

/** The number is above that of the chosen candidate, both known. */
export const moreThanChosen = (of: Quantity): Test =>
  test(`${of.name} above the chosen`, (candidate, chosen, draw) => compare(of, candidate, chosen, draw) > 0)

const compare = (of: Quantity, candidate: Contender, chosen: Contender, draw: TermDraw): number =>
  (of.of(candidate, chosen, draw) ?? Number.NaN) - (of.of(chosen, chosen, draw) ?? Number.NaN)

/** The text is known and equal to that of the chosen candidate. */
export const sameAsChosen = (of: Attribute): Test =>
  test(`same ${of.name}`, (candidate, chosen, draw) => {
    const own = of.of(candidate, chosen, draw)
    return own !== null && own === of.of(chosen, chosen, draw)
  })

/** The chosen candidate's text is known, and this one's is another or cannot be read. */
export const unlikeChosen = (of: Attribute): Test =>
  test(`another ${of.name}`, (candidate, chosen, draw) => {
    const wanted = of.of(chosen, chosen, draw)
    return wanted !== null && wanted !== of.of(candidate, chosen, draw)
  })

/** One of several conditions holds. */
export const anyOf = (...tests: ReadonlyArray<Test>): Test =>
  test(tests.map(({ name }) => name).join(" or "), (...at) => tests.some(({ of }) => of(...at)))

/** The condition does not hold. */
export const not = (given: Test): Test => test(`not ${given.name}`, (...at) => !given.of(...at))

/** The text is this. */
export const is = (of: Attribute, text: string): Test => test(`${of.name} is ${text}`, (...at) => of.of(...at) === text)

/** The candidate was made from no other one. */
export const isOriginal: Test = test("original", ({ parentId }) => parentId === null)

/** The candidate has an error that was put in on purpose. */
export const isInjected: Test = test("injected", ({ injection }) => injection !== null)

/** The candidate was made from the chosen one. */
export const isChildOfChosen: Test = test("made from the chosen", ({ parentId }, { id }) => parentId === id)

/** The chosen candidate was made from this one. */
export const isParentOfChosen: Test = test("what the chosen was made from", ({ id }, { parentId }) => parentId === id)

/** The best original of its prompt, or one of several. */
export const isBest: Test = test("best", ({ rank }) => rank === 0)

/** The worst original of its prompt, or one of several. */
export const isWorst: Test = test("worst", ({ lastRank, rank }) => rank !== null && rank === lastRank)

/** Low numbers first, unknown ones last. */
export const lowest = (of: Quantity): Quantity => quantity(`lowest ${of.name}`, of.of)

/** High numbers first, unknown ones last. */
export const highest = (of: Quantity): Quantity =>
  quantity(`highest ${of.name}`, (...at) => {
    const value = of.of(...at)
    return value === null ? null : -value
  })

/** An order that is drawn by the run's seed, for each chosen candidate another. */
export const drawn: Quantity = quantity("drawn", (_candidate, _chosen, draw) => draw())

/** An order that is drawn by the run's seed, the same beside every chosen candidate: those that are equally good stay a tie. */
export const drawnAlone: Quantity = quantity("drawn alone", (_candidate, _chosen, draw) => draw("alone"))
