import type { Manifest } from "../Manifest.ts"
import type { CardConfig } from "./Card.ts"
import { findingsOf } from "./Section.ts"

/** The tags of a data set, as the hub searches for them: what kind of data it is, and whether it is made by models or simulated. */
export const cardTags = (manifest: Manifest, configs: ReadonlyArray<CardConfig>): ReadonlyArray<string> => {
  const columns = new Set(configs.flatMap((config) => config.features.map((feature) => feature.name)))
  return [
    "preference",
    ...(columns.has("chosen") && columns.has("rejected") ? ["dpo"] : []),
    ...(findingsOf(manifest, "pairsOfPairs").length > 0 ? ["pairs-of-pairs"] : []),
    ...(manifest.provider !== null || manifest.conversion?.synthetic === true ? ["synthetic"] : []),
    ...(manifest.simulated ? ["simulated"] : []),
    "prefloom"
  ]
}
