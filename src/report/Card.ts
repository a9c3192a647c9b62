import type { Column } from "../Columns.ts"

/** A split of a configuration and the files that hold it. */
export interface CardSplit {
  /** Letters, digits and underscores, with single points between. */
  readonly name: string
  /** Relative to the output folder. */
  readonly pathGlob: string
  readonly rows: number
  readonly bytes: number
}

/** One table of the data set. */
export interface CardConfig {
  readonly name: string
  /** Whether it is the one a loader takes when none is named. */
  readonly default: boolean
  readonly splits: ReadonlyArray<CardSplit>
  readonly features: ReadonlyArray<Column>
}

/** What a card says besides the manifest. */
export interface CardFacts {
  readonly configs: ReadonlyArray<CardConfig>
  /** Identifier of the hub, such as "apache-2.0"; absent when nothing is said about it. */
  readonly licence?: string
  readonly prettyName: string
}
