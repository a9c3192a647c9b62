import * as Flag from "effect/cli/Flag"

/** A flag that is off where it is not given. */
export const booleanFlag = (name: string, description: string) =>
  Flag.Boolean(name).pipe(Flag.withDescription(description), Flag.withDefault(false))
