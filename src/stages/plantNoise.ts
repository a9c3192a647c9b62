import * as Schema from "effect/Schema"
import { type NoisePlan, plantNoise as plan } from "../cleaners/plantNoise.ts"
import { reshape, type RowOf, type Stage } from "../Stage.ts"
import { onColumns } from "./onColumns.ts"
import { perRun } from "./perRun.ts"
import { turnSides } from "./turnSides.ts"

/** Which pairs are flipped, and how likely; rates are probabilities in [0, 1]. */
export type PlantNoiseOptions<Group extends string, Margin extends string, Negated extends string> = {
  /** Columns besides `margin` whose sign changes when a pair is flipped. Default none. */
  readonly negated?: ReadonlyArray<Negated>
} & (
  | { readonly kind: "uniform"; readonly rate: number }
  /** One rate for each value of a column; every value needs one. */
  | {
      readonly kind: "perAnnotator" | "perClass"
      readonly column: Group
      readonly rates: Readonly<Record<string, number>>
    }
  /** `rate` where the margin is 0, falling as `2 rate sigmoid(-|margin| / scale)`; pairs without a margin are left alone. */
  | { readonly kind: "byMargin"; readonly margin: Margin; readonly rate: number; readonly scale: number }
)

/** What `plantNoise` reads. */
export type PlantNoiseNeeds<Group extends string, Margin extends string, Negated extends string> = {
  readonly id: string
  readonly chosen: unknown
  readonly rejected: unknown
} & { readonly [K in Group]: string } & { readonly [K in Margin | Negated]: number | null }

const gives = { plantedFlip: Schema.Boolean }

/**
 * Flips pairs on purpose and records which, to test cleaners or to make a recipe robust.
 *
 * `plantedFlip` is true for the pairs that were flipped (where the column is there already, for those whose order is not the one
 * they first came with), so the noise can be found and undone. A pair is flipped if its draw, made from the run's seed
 * and its id alone, is below its probability: other rows, their order and the batches change nothing, and a higher rate flips
 * the same pairs and more. Flipped pairs are turned as by `treat`. Publishes a finding: how many pairs were flipped and how many
 * were expected to be, by annotator or class. Throws a RangeError on rates or a scale out of range when the
 * stage is made, and on a value without a rate when the row comes.
 */
export const plantNoise = <
  const Group extends string = never,
  const Margin extends string = never,
  const Negated extends string = never
>(
  options: PlantNoiseOptions<Group, Margin, Negated>
): Stage<PlantNoiseNeeds<Group, Margin, Negated>, RowOf<typeof gives>, true> => {
  refuseBadRates(options)
  const evidence: Schema.Struct.Fields =
    options.kind === "byMargin"
      ? { [options.margin]: Schema.NullOr(Schema.Number) }
      : options.kind === "uniform"
        ? {}
        : { [options.column]: Schema.String }
  const needs: Schema.Struct.Fields = { id: Schema.String, ...evidence }
  return onColumns({ name: "plantNoise", needs, gives, config: options }, (columns) => {
    const sides = turnSides("plantNoise", columns, options.negated)
    const countsOf = perRun(() => ({ leftAlone: 0, groups: new Map<string | null, GroupCounts>() }))
    return reshape({
      name: "plantNoise",
      needs: { ...needs, ...sides.columns },
      uses: gives,
      gives: { ...sides.columns, ...gives },
      keeps: true,
      config: options,
      row: (given, context) => {
        const row = given as Readonly<Record<string, unknown>> & { readonly id: string }
        const own = planFor(row, options)
        const planted = own === null ? null : plan([row.id], own, `${context.key} ${context.seed}`)
        const isFlipped = planted !== null && planted.flipped[0] === 1
        const counts = countsOf(context)
        if (own === null || planted === null) counts.leftAlone++
        else {
          const name = "group" in own ? own.group[0]! : null
          const group = counts.groups.get(name) ?? { nRows: 0, expected: 0, flipped: 0 }
          group.nRows++
          group.expected += planted.probability[0]!
          group.flipped += planted.nFlipped
          counts.groups.set(name, group)
        }
        return [{ ...sides.of(row, isFlipped), plantedFlip: isFlipped !== (row["plantedFlip"] ?? false) }]
      },
      tally: (context) => ({
        add: () => {},
        finding: () => {
          const { groups, leftAlone } = countsOf(context)
          const named = [...groups].map(([name, counts]) => ({ name, ...counts }))
          return {
            kind: "plantedNoise",
            plan: options.kind,
            groups: named.toSorted((a, b) => ((a.name ?? "") < (b.name ?? "") ? -1 : 1)),
            leftAlone
          }
        }
      })
    })
  })
}

interface GroupCounts {
  nRows: number
  expected: number
  flipped: number
}

const planFor = (
  row: Readonly<Record<string, unknown>>,
  options: PlantNoiseOptions<string, string, string>
): NoisePlan | null => {
  switch (options.kind) {
    case "uniform":
      return options
    case "byMargin": {
      const margin = row[options.margin] as number | null
      return margin === null || Number.isNaN(margin) ? null : { ...options, margin: Float64Array.of(margin) }
    }
    default: {
      const { column, kind, rates } = options
      return { kind, group: [row[column] as string], rates: new Map(Object.entries(rates)) }
    }
  }
}

/** Refuses rates out of range now, not when the first pair comes. */
const refuseBadRates = (options: PlantNoiseOptions<string, string, string>): void => {
  if (options.kind === "byMargin") plan([], { ...options, margin: new Float64Array() }, 0)
  else if (options.kind === "uniform") plan([], options, 0)
  else {
    const group = Object.keys(options.rates)
    plan(group, { kind: options.kind, group, rates: new Map(Object.entries(options.rates)) }, 0)
  }
}
