import type { Manifest } from "../Manifest.ts"
import type { CardFacts } from "./Card.ts"
import { cardBody } from "./cardBody.ts"
import { cardFrontMatter } from "./cardFrontMatter.ts"
import { sealCard } from "./sealCard.ts"

export type { CardConfig, CardFacts, CardPicture, CardSpend, CardSplit } from "./Card.ts"

/**
 * Writes the card of a data set, `README.md`: front matter that the hub and `datasets` read, then a text for people, and the
 * seal by which `isOwnCard` knows it.
 *
 * Counts and columns are those given, so they have to be those of the files: a loader refuses a data set whose counts differ.
 * Texts of the data and the options are escaped. Equal arguments give equal text. Throws a RangeError on a split name that
 * loaders refuse.
 *
 * Source: https://huggingface.co/docs/hub/datasets-manual-configuration
 */
export const renderCard = (manifest: Manifest, facts: CardFacts): string =>
  sealCard(`---\n${cardFrontMatter(manifest, facts)}---\n\n${cardBody(manifest, facts)}`)
