import type * as Schema from "effect/Schema"
import type { Invariant } from "../corruptions/Invariant.ts"
import { structuredAnswer } from "../services/structuredAnswer.ts"

/**
 * Makes the check that a text still holds JSON of a schema, read as the answers of judges are.
 *
 * `name` stands for the schema in the manifest. What the original held does not count.
 */
export const keepsSchema = <A>(name: string, schema: Schema.Codec<A>): Invariant => {
  const read = structuredAnswer(schema)
  const check: Invariant = (_before, after) => {
    const reading = read(after)
    return reading.ok ? null : reading.problem
  }
  return Object.defineProperty(check, "name", { value: `keepsSchema(${name})` })
}
