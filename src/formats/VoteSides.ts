import type { ColumnProblem, Shape, ValuePath } from "./VoteColumns.ts"

/** The two columns that hold what was compared. */
export interface FoundSides {
  readonly first: ValuePath
  readonly second: ValuePath
  /** Whether their names say that the first is the better one. */
  readonly isChosen: boolean
  /** Whether they hold texts; otherwise they hold names of what was compared. */
  readonly hasTexts: boolean
  /** Whether they are numbered from 0. */
  readonly fromZero: boolean
  /** What else a known form of these columns implies. */
  readonly known: { readonly prompt?: ReadonlyArray<ValuePath>; readonly wholeConversations?: true } | null
}

/** The sides of a pair of texts in the columns "chosen" and "rejected". */
export const chosenSides: FoundSides = {
  first: ["chosen"],
  second: ["rejected"],
  isChosen: true,
  hasTexts: true,
  fromZero: false,
  known: null
}

/** Says whether something is a problem and not an answer. */
export const isProblem = (found: object | undefined): found is ColumnProblem => found !== undefined && "remedy" in found

const chosenNames: ReadonlyArray<readonly [string, string]> = [
  ["chosen", "rejected"],
  ["preferred_output", "non_preferred_output"],
  ["chosen_messages", "rejected_messages"],
  ["chosen_response", "rejected_response"]
]
const textStem =
  /^(response|output|answer|completion|candidate|summary|result|generation|reply|text|story|human_ref|conversation)[ _-]?(1|2|0|a|b|x|y|left|right)$/i
const nameStem = /^(model|system)[ _-]?(1|2|0|a|b|x|y|left|right)$/i
const ends: ReadonlyArray<readonly [string, string]> = [
  ["1", "2"],
  ["a", "b"],
  ["0", "1"],
  ["x", "y"],
  ["left", "right"]
]

/** Finds the two columns that hold what was compared, by their names; `refuse` makes the problem when several pairs do. */
export const findSides = (
  names: ReadonlyArray<string>,
  shape: (path: ValuePath) => Shape,
  refuse: (found: string) => ColumnProblem
): FoundSides | ColumnProblem | undefined => {
  const called = chosenNames.filter(([first, second]) => names.includes(first) && names.includes(second))
  const texts = sidesOf(names, textStem).filter(([first]) => ["text", "turns"].includes(shape([first])))
  const found = [...called, ...texts]
  if (found.length > 1) return refuse(`${found.map((pair) => pair.join(" and ")).join("; ")}, which could all be meant`)
  if (found.length === 1) return made(called.length === 1, true, found[0]!)
  const compared = sidesOf(names, nameStem)
  if (compared.length > 1)
    return refuse(`${compared.map((pair) => pair.join(" and ")).join("; ")}, which could all be meant`)
  return compared.length === 1 ? made(false, false, compared[0]!) : undefined
}

const made = (isChosen: boolean, hasTexts: boolean, [first, second]: readonly [string, string]): FoundSides => ({
  first: [first],
  second: [second],
  isChosen,
  hasTexts,
  fromZero: first.endsWith("0"),
  known: /^conversation/i.test(first) ? { prompt: [], wholeConversations: true } : null
})

const chosenModels: ReadonlyArray<readonly [string, string]> = [
  ["chosen_model", "rejected_model"],
  ["chosenModel", "rejectedModel"]
]

/** Finds the two columns that name what made the two texts; null where there are none or several. */
export const findModels = (
  names: ReadonlyArray<string>,
  { hasTexts, isChosen }: FoundSides
): readonly [ValuePath, ValuePath] | null => {
  if (!hasTexts) return null
  return onlyPair(isChosen ? chosenModels : sidesOf(names, nameStem), (name) => names.includes(name)) ?? null
}

/** The one of some pairs of columns that is there; undefined where none is or several are. */
const onlyPair = (
  pairs: ReadonlyArray<readonly [string, string]>,
  has: (name: string) => boolean
): readonly [ValuePath, ValuePath] | undefined => {
  const [found, ...more] = pairs.filter((pair) => pair.every(has))
  return found === undefined || more.length > 0 ? undefined : [[found[0]], [found[1]]]
}

/** Pairs of names with one stem and two ends that belong together. */
const sidesOf = (names: ReadonlyArray<string>, stem: RegExp): ReadonlyArray<readonly [string, string]> =>
  names.flatMap((first) => {
    const end = stem.exec(first)?.[2]
    const next = ends.find(([one]) => one === end?.toLowerCase())?.[1]
    if (end === undefined || next === undefined) return []
    const rest = first.slice(0, -end.length)
    const second = names.find((name) => name.startsWith(rest) && name.slice(rest.length).toLowerCase() === next)
    // With 0, 1 and 2 the pair from 1 is no pair.
    if (second === undefined || (end === "1" && names.includes(`${rest}0`))) return []
    return [[first, second] as const]
  })

const chosenScores: ReadonlyArray<readonly [string, string]> = [
  ["score_chosen", "score_rejected"],
  ["chosen_score", "rejected_score"],
  ["scoreChosen", "scoreRejected"],
  ["rating_chosen", "rating_rejected"],
  ["chosen_rating", "rejected_rating"],
  ["chosen-rating", "rejected-rating"],
  ["chosen_reward", "rejected_reward"]
]

const endOf = (path: ValuePath): string => /[ _-]?(?:1|2|0|a|b|x|y|left|right)$/i.exec(path[0]!)?.[0] ?? ""

/** Finds the two columns with scores of the sides, by their names; undefined where there are none or more than one pair. */
export const findScores = (
  sides: FoundSides | undefined,
  has: (name: string) => boolean
): readonly [ValuePath, ValuePath] | undefined => {
  if (sides === undefined) return undefined
  const names = sides.isChosen
    ? chosenScores
    : [[`score${endOf(sides.first)}`, `score${endOf(sides.second)}`] as const].filter(
        ([first, second]) => first !== second
      )
  return onlyPair(names, has)
}
