import type * as Schema from "effect/Schema"
import * as Columns from "../Columns.ts"
import { WiringError } from "../Pipeline.ts"

/** Throws a WiringError that names the first column in which two parts differ, unless they have the same columns of the same types. */
export const sameColumns = (
  stage: string,
  first: { readonly name: string; readonly columns: Schema.Struct.Fields },
  second: { readonly name: string; readonly columns: Schema.Struct.Fields }
): void => {
  const typesOf = ({ columns }: typeof first) =>
    new Map(Columns.fromFields(columns).map(({ name, type }) => [name, type]))
  const [a, b] = [typesOf(first), typesOf(second)]
  for (const name of new Set([...a.keys(), ...b.keys()])) {
    const [one, other] = [a.get(name), b.get(name)]
    if (JSON.stringify(one) === JSON.stringify(other)) continue
    throw new WiringError(
      `Cannot put the rows of "${stage}" together: column "${name}" is ${shown(one)} in ${first.name} and ${shown(other)} in ${second.name}, expected the same; add it in both or end it in both`
    )
  }
}

const shown = (type: Columns.ColumnType | undefined): string => (type === undefined ? "missing" : Columns.wanted(type))
