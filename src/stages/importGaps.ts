import * as Schema from "effect/Schema"
import { PairOfPairs } from "../../schemas/PairOfPairs.ts"
import { contentId } from "../Seed.ts"
import { reject, type Rejection } from "../Rejects.ts"
import { reshape, type RowOf, type Stage } from "../Stage.ts"

/** The columns of one of the two pairs that were compared. */
export interface GapSideColumns {
  readonly prompt: string
  readonly chosen: string
  readonly rejected: string
}

/** Which columns hold what people said. */
export interface ImportGapsOptions {
  readonly first: GapSideColumns
  readonly second: GapSideColumns
  /** The column that says which of the two shows the stronger preference. */
  readonly verdict: string
  /** What that column says for each outcome; any other value is a reject. */
  readonly values: { readonly first: string; readonly second: string; readonly tie?: string }
  /** The column that names who said it; default everybody is "imported". */
  readonly annotator?: string
  /** Ties are dropped (default) or kept with `tie`. */
  readonly tie?: "drop" | "keep"
}

const gives = { ...PairOfPairs, split: Schema.String }

/**
 * Makes labelled pairs of pairs of rows in which people compared two preferences.
 *
 * All named columns are texts. Equal pairs get equal ids, from prompt, chosen and rejected, so that strengths can be
 * fitted over several rows. A row whose verdict is none of the values, or which compares a pair with itself, becomes a reject.
 * There are no margins. `split` is kept where it is there, else "train".
 */
export const importGaps = (
  options: ImportGapsOptions
): Stage<Readonly<Record<string, unknown>>, RowOf<typeof gives>, false> => {
  const { annotator, first, second, tie = "drop", values, verdict } = options
  const needed = [
    ...Object.values(first),
    ...Object.values(second),
    verdict,
    ...(annotator === undefined ? [] : [annotator])
  ]
  return reshape({
    name: "importGaps",
    needs: Object.fromEntries(needed.map((name) => [name, Schema.String])) as Schema.Struct.Fields,
    uses: { split: Schema.String },
    gives,
    keeps: false,
    config: { first, second, verdict, values, annotator: annotator ?? null, tie },
    row: (given, context): ReadonlyArray<RowOf<typeof gives> | Rejection> => {
      const row = given as Readonly<Record<string, string>>
      const sideOf = (names: GapSideColumns) => {
        const [prompt, chosen, rejected] = [row[names.prompt]!, row[names.chosen]!, row[names.rejected]!]
        return { id: contentId(prompt, chosen, rejected), prompt, chosen, rejected, margin: null }
      }
      const [one, other] = [sideOf(first), sideOf(second)]
      const said = row[verdict]!
      if (one.id === other.id) return [reject("same pair", "both sides are one pair, expected two different ones")]
      const isTie = said === values.tie
      if (isTie && tie === "drop") return [reject("tie", `the verdict is "${said}"`)]
      if (!isTie && said !== values.first && said !== values.second) {
        const expected = Object.values(values).map((value) => `"${value}"`)
        return [reject("unknown verdict", `found "${said}", expected ${expected.join(", ")}`)]
      }
      const [strong, weak] = said === values.second ? [other, one] : [one, other]
      return [
        {
          id: contentId(context.rowId(given), one.id, other.id),
          strong,
          weak,
          sampler: "imported",
          labelSource: annotator === undefined ? "imported" : row[annotator]!,
          tie: isTie,
          flipped: false,
          split: row["split"] ?? "train"
        }
      ]
    }
  })
}
