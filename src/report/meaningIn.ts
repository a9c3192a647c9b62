import type { CardConfig } from "./Card.ts"
import { columnMeaning } from "./columnMeaning.ts"

/** Says in a few words what a column of a table holds: as the table says, else as Prefloom's names do; empty where neither does. */
export const meaningIn = ({ meanings }: CardConfig, name: string): string =>
  meanings === undefined ? columnMeaning(name) : (meanings.get(name) ?? "")
