import * as Schema from "effect/Schema"
import { hash128 } from "../math/keyedRandom.ts"
import type { Stage } from "../Stage.ts"
import * as Splitting from "./Splitting.ts"

/** What decides about the split of a row. */
export interface SplitOptions<By extends string, Near extends number | false> {
  /** The column whose equal values stay together, such as an annotator or a source. Default: `promptId`. */
  readonly by?: By
  /** Prompts are alike from this estimated Jaccard similarity of their word sequences, in (0, 1]; see below for short ones. Default 0.8; false: only equal ones are, and by `promptId` no text is read. */
  readonly nearDuplicates?: Near
}

/** The columns `split` reads. */
export type SplitNeeds<By extends string, Near extends number | false> = By extends "promptId"
  ? { readonly promptId: string } & ([Near] extends [false] ? unknown : { readonly prompt: string })
  : { readonly [K in By]: string | null } & { readonly prompt: string }

const gives = { split: Schema.String }

/**
 * Puts rows in splits by a hash of their prompt id, annotator or source, and keeps alike prompts on one side.
 *
 * `shares` are the shares of the splits besides `train`, which gets the rest: `split({ test: 0.1 })`. Prompts that share most of
 * their word sequences (MinHash; chains count as one) make a cluster with all pairs of their ids, and clusters go into splits whole, by the
 * hash of one of their ids: shares are shares of clusters, and one large cluster can make the shares of rows uneven, which the
 * finding says. A prompt without near duplicates is placed by its id alone, not by the seed or the other rows, so a data set that
 * grows keeps its splits; a cluster may move when it gets a new member.
 *
 * Word sequences are runs of three words. One other word within a prompt changes three of them, so that two such prompts are alike at 0.8
 * only from 29 words on (11, where it is the first or last word), at 0.5 from 11 on: take a lower `nearDuplicates` for short
 * prompts. The similarity is estimated with a standard error of 0.035, so that of pairs of prompts that share 0.85 one in twenty counts
 * as not alike.
 *
 * `split({ test: 0.1 }, { by: "annotator" })` places each value of a column instead. Where alike prompts then belong to more than one split,
 * they stay in the one that most of their rows belong to (train, where that is even), and the other rows become rejects. So do rows
 * without a value. Shares are shares of values, whatever their rows: of few or uneven values a split can get far more or less than was
 * asked for, which the finding warns about where chance, with each prompt by itself, would not explain it. With many annotators on the same prompts that leaves out many rows; the finding counts them.
 *
 * Needs all rows before the first can leave. Between the passes it keeps some 900 bytes a different prompt and 8 a row. Throws a
 * RangeError on shares or a similarity out of range.
 */
export const split = <const By extends string = "promptId", const Near extends number | false = 0.8>(
  shares: Readonly<Record<string, number>>,
  options: SplitOptions<By, Near> = {}
): Stage<SplitNeeds<By, Near>, { readonly split: string }, true> => {
  const by: string = options.by ?? "promptId"
  const near: number | false = options.nearDuplicates ?? 0.8
  const total = Object.values(shares).reduce((sum, share) => sum + share, 0)
  if (Object.values(shares).some((share) => !(share >= 0)) || total > 1 + 1e-9) {
    throw new RangeError(
      `Cannot split: found shares that sum to ${total}, expected shares from 0 that sum to at most 1`
    )
  }
  if (near !== false && !(near > 0 && near <= 1)) {
    throw new RangeError(`Cannot split: found nearDuplicates ${near}, expected above 0 and at most 1, or false`)
  }
  const names = Object.keys(shares).filter((name) => name !== "train")
  const rest = 1 - total + (shares["train"] ?? 0)
  const splits = [
    { name: "train", asked: rest < 1e-9 ? 0 : rest },
    ...names.map((name) => ({ name, asked: shares[name]! }))
  ]
  const splitAt = (draw: number): number => {
    let left = draw
    for (let s = 1; s < splits.length; s++) {
      if (left < splits[s]!.asked) return s
      left -= splits[s]!.asked
    }
    return 0
  }
  const nearDuplicates = near === false ? null : near
  const config = { shares, by, nearDuplicates: near }
  const isByPrompt = by === "promptId"
  return Splitting.make(
    {
      name: "split",
      by,
      needs: {
        ...(isByPrompt && near === false ? {} : { prompt: Schema.String }),
        [by]: isByPrompt ? Schema.String : Schema.NullOr(Schema.String)
      },
      config,
      splits,
      nearDuplicates,
      of: (row) => {
        const { [by]: value, prompt } = row as Readonly<Record<string, string | null>>
        if (value === null || value === undefined) return { text: "", unit: null, own: `column "${by}" is null` }
        return {
          text: prompt ?? value,
          unit: isByPrompt ? value : null,
          own: splitAt(drawOf(isByPrompt ? value : `${by}\u001f${value}`))
        }
      }
    },
    gives
  )
}

/** Where a value falls between 0 and 1. */
const drawOf = (value: string): number => (hash128(`split\u001f${value}`)[0] >>> 0) / 4294967296
