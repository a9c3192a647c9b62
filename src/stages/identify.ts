import * as Schema from "effect/Schema"
import { canonicalJson } from "../canonicalJson.ts"
import { contentId } from "../Seed.ts"
import { enrich } from "../Stage.ts"

/** Gives rows a stable `id` from the content of the named columns; equal content gives an equal id. */
export const identify = <N extends Schema.Struct.Fields>(columns: N) => {
  const names = Object.keys(columns)
  return enrich({
    name: "identify",
    needs: columns,
    gives: { id: Schema.String },
    config: { columns: names },
    rows: (rows) =>
      rows.map((row) => ({
        id: contentId(...names.map((name) => canonicalJson((row as Record<string, unknown>)[name])))
      }))
  })
}
