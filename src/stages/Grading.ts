import * as Schema from "effect/Schema"
import { askStructured } from "../services/askStructured.ts"

/** What a judge writes besides its verdict. */
export type Critique = boolean | "faults" | "suggestion"

/** What a judge may say of one thing, and whether it says why. */
export interface GradingOptions {
  /** Lowest and highest score. Default 1 to 10. */
  readonly scale?: readonly [number, number]
  /** A fixed set of verdicts with the score of each, in place of a scale: `{ wrong: 0, right: 1 }`. */
  readonly levels?: Readonly<Record<string, number>>
  /**
   * Has the judge write its reasons first, kept as the critique of the judgment; or what is wrong alone (`"faults"`), null where
   * nothing is; or how to do better (`"suggestion"`).
   */
  readonly critique?: Critique
}

/** What a judge said of one thing. */
export interface Grade {
  readonly score: number
  /** Null where nothing was asked or said. */
  readonly critique: string | null
}

/** How grades are asked for and read. */
export interface Grading {
  /** Lowest and highest score that can come out. */
  readonly scale: readonly [number, number]
  readonly levels: Readonly<Record<string, number>> | null
  readonly critique: Critique
  readonly ask: ReturnType<typeof askStructured<Answer>>
  /** What the answer has to be, in words. */
  readonly instruction: (isNegated: boolean) => string
  /** The grade; mirrored on the scale where what was asked is the opposite of what is filed. */
  readonly read: (answer: Answer, isNegated: boolean) => Grade
  /** The part of a task that tells the simulated model what it may say. */
  readonly task: { readonly critique?: true; readonly levels?: Readonly<Record<string, number>> }
}

interface Answer {
  readonly critique?: string | null
  readonly score?: number
  readonly level?: string
}

/** Fills in what is left open. Throws a RangeError on a scale or levels that tell nothing apart, and on both at once. */
export const make = (stage: string, options: GradingOptions): Grading => {
  const { critique = false, levels } = options
  const scale = levels === undefined ? (options.scale ?? [1, 10]) : endsOf(Object.values(levels))
  const [minimum, maximum] = scale
  if (levels !== undefined && options.scale !== undefined) {
    throw new RangeError(`Cannot set up "${stage}": found levels beside a scale, expected the one or the other`)
  }
  if (!(Number.isFinite(minimum) && Number.isFinite(maximum) && minimum < maximum)) {
    const found = levels === undefined ? `scale ${scale.join(" to ")}` : `levels ${JSON.stringify(levels)}`
    throw new RangeError(`Cannot set up "${stage}": found ${found}, expected two or more different finite scores`)
  }
  const names = Object.keys(levels ?? {})
  const schema = Schema.Struct({
    ...(critique === false ? {} : { critique: critique === "faults" ? Schema.NullOr(Schema.String) : Schema.String }),
    ...(levels === undefined
      ? { score: Schema.Finite.check(Schema.isBetween({ minimum, maximum })) }
      : { level: Schema.Literals(names) })
  }) as unknown as Schema.Codec<Answer>
  return {
    scale,
    levels: levels ?? null,
    critique,
    ask: askStructured({ name: "rating", schema }),
    instruction: (isNegated) => instructionOf({ critique, names, scale }, isNegated),
    read: (answer, isNegated) => {
      const score = levels === undefined ? answer.score! : levels[answer.level!]!
      return { score: isNegated ? minimum + maximum - score : score, critique: wordsOrNull(answer.critique) }
    },
    task: { ...(critique === false ? {} : { critique: true }), ...(levels === undefined ? {} : { levels }) }
  }
}

const endsOf = (scores: ReadonlyArray<number>): readonly [number, number] => [Math.min(...scores), Math.max(...scores)]

/** The words of a critique; null where there are none. */
export const wordsOrNull = (critique: string | null | undefined): string | null =>
  critique === null || critique === undefined || critique.trim() === "" ? null : critique

const asked = {
  reasons: { words: "First write down your reasons.", type: "string" },
  faults: { words: "First say what is wrong with it, or null where nothing is.", type: "string | null" },
  suggestion: { words: "First suggest how to do better.", type: "string" }
} as const

const instructionOf = (
  given: Pick<Grading, "critique" | "scale"> & { readonly names: ReadonlyArray<string> },
  isNegated: boolean
): string => {
  const { critique, names, scale } = given
  const [least, most] = isNegated ? ["least", "most"] : ["worst", "best"]
  const grade =
    names.length === 0
      ? { task: `Give a score from ${scale[0]} (${least}) to ${scale[1]} (${most})`, key: '"score": number' }
      : {
          task: `Say which it is of ${names.map((name) => JSON.stringify(name)).join(", ")}`,
          key: `"level": ${names.map((name) => JSON.stringify(name)).join(" | ")}`
        }
  if (critique === false) return `${grade.task} as JSON: {${grade.key}}.`
  const { type, words } = asked[critique === true ? "reasons" : critique]
  return `${words} Then ${grade.task.charAt(0).toLowerCase()}${grade.task.slice(1)}. Reply as JSON: {"critique": ${type}, ${grade.key}}.`
}
