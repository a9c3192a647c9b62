import type * as Schema from "effect/Schema"
import * as Pipeline from "../Pipeline.ts"
import type { Stage } from "../Stage.ts"

/** The part of a stage that does not depend on the columns in front of it. */
interface Outline {
  readonly name: string
  readonly needs: Schema.Struct.Fields
  readonly gives: Schema.Struct.Fields
  readonly config: unknown
}

/**
 * Makes a stage that is fitted to the columns in front of it when it is applied.
 *
 * For stages that rewrite columns they cannot know beforehand, in place and with their types kept. What `needs` names is
 * checked first, so that `make` can rely on it.
 */
export const onColumns = <Needs, Gives>(
  outline: Outline,
  make: (columns: Schema.Struct.Fields) => Stage<object, object, true>
): Stage<Needs, Gives, true> => {
  const { config, gives, name, needs } = outline
  const apply = (input: Pipeline.Pipeline<object>) => {
    Pipeline.checkWiring(name, input.steps, input.columns, needs, {})
    return make(input.columns)(input)
  }
  Object.defineProperty(apply, "name", { value: name })
  return Object.assign(apply, { needs, gives, keeps: true as const, config }) as unknown as Stage<Needs, Gives, true>
}
