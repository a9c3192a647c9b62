import * as path from "node:path"
import * as Effect from "effect/Effect"
import { type SourceError, sourceError } from "../sources/SourceError.ts"
import { attempt } from "../sources/sourceFiles.ts"
import { cardConfigs, type CardConfig } from "./cardConfigs.ts"

/** Says the split of a file that a card in one of some folders lists; null where none does. */
export type CardSplit = (file: string, homes: ReadonlyArray<string>) => Effect.Effect<string | null, SourceError>

/**
 * Makes what says the split that a card gives a file; of several folders with one, the first that lists the file counts.
 *
 * Of the data sets in a card the one that is meant counts, where the file is in it, else all. Fails where they give several splits. Each card is read
 * once.
 */
export const cardSplit = (): CardSplit => {
  const known = new Map<string, ReadonlyArray<CardConfig>>()
  return Effect.fnUntraced(function* (file, homes) {
    for (const home of homes) {
      const described = known.get(home) ?? (yield* attempt(home, () => cardConfigs(home)))
      known.set(home, described)
      const name = path.relative(home, path.resolve(file))
      const listed = described.flatMap(({ files, isDefault, name: set }) =>
        files.flatMap((one) => (one.path === name ? [{ isDefault, set, split: one.split }] : []))
      )
      const meant = listed.filter(({ isDefault }) => isDefault)
      const counting = meant.length > 0 ? meant : listed
      if (new Set(counting.map(({ split }) => split)).size > 1) {
        const found = counting.map(({ set, split }) => `${split} (in ${set})`).join(" and ")
        const wanted = "one; mend the card, or copy the file to where it has none"
        return yield* sourceError(file, `the splits ${found} in its card`, wanted)
      }
      if (counting.length > 0) return counting[0]!.split
    }
    return null
  })
}
