import * as fs from "node:fs"
import * as Schema from "effect/Schema"
import { readBank } from "../../src/providers/SimulatedBank.ts"

const file = new URL("../../data/prompts.jsonl", import.meta.url)

const Entry = Schema.Struct({
  id: Schema.NonEmptyString,
  domain: Schema.NonEmptyString,
  prompt: Schema.NonEmptyString,
  reference: Schema.NullOr(Schema.NonEmptyString),
  answers: Schema.Array(
    Schema.Struct({ text: Schema.NonEmptyString, quality: Schema.Finite, flaws: Schema.Array(Schema.String) })
  ),
  errors: Schema.Array(Schema.Struct({ type: Schema.String, text: Schema.NonEmptyString }))
})

/** The bank of this package. */
export const ownBank = readBank(file)

/** Its rows, each checked against its schema. */
export const ownEntries = fs
  .readFileSync(file, "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => Schema.decodeUnknownSync(Schema.fromJsonString(Entry))(line, { onExcessProperty: "error" }))
