import type { Column } from "../Columns.ts"
import type { DatasetFacts } from "../sinks/dataset.ts"
import type { Spent } from "../Spending.ts"

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
  /** Whether rows are lines of free JSON, of which `features` do not say all: then loaders are not told any. Default false. */
  readonly isLoose?: boolean
  /** What each column holds, where names do not mean what they mean in the tables that Prefloom makes; empty for a column that is not in it. */
  readonly meanings?: ReadonlyMap<string, string>
}

/** What the answers of one model took, over all processes of the run; calls that brought no answer are left out. */
export interface CardSpend extends Omit<Spent, "lostCalls" | "lostTokens" | "lostUsd"> {
  readonly model: string
}

/** A picture beside the card; the card shows it where it speaks of the same thing. */
export interface CardPicture {
  /** Relative to the output folder, with forward slashes. */
  readonly path: string
  /** What somebody reads who does not see it. */
  readonly title: string
  readonly about: "noise" | "pairs"
}

/** What a card says besides the manifest. */
export interface CardFacts extends Omit<DatasetFacts, "prettyName" | "licence"> {
  readonly configs: ReadonlyArray<CardConfig>
  readonly prettyName: string
  /** As for a data set, or several identifiers of the hub. Default: none is stated. */
  readonly licence?: DatasetFacts["licence"] | ReadonlyArray<string>
  /** By model; default nothing, and the card says nothing of cost. */
  readonly spend?: ReadonlyArray<CardSpend>
  /** Default none. */
  readonly pictures?: ReadonlyArray<CardPicture>
  /** What the format of the files could not hold, a sentence or phrase each. Default nothing. */
  readonly lost?: ReadonlyArray<string>
}
