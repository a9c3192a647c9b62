import * as Context from "effect/Context"

/** The journal keys of the calls that the row at hand has asked for, in the order of asking; null where nobody notes them. */
export const RowCalls: Context.Reference<Set<string> | null> = Context.Reference<Set<string> | null>(
  "prefloom/RowCalls",
  { defaultValue: () => null }
)
