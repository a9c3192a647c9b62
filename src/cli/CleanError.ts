import * as Schema from "effect/Schema"

/** Data cannot be cleaned as asked; `remedy` names a flag. */
export class CleanError extends Schema.TaggedError<CleanError>()("CleanError", {
  /** How it was to be cleaned, as `by "glad"`; empty where that does not matter. */
  how: Schema.String,
  found: Schema.String,
  /** Null where `found` says it. */
  wanted: Schema.NullOr(Schema.String),
  remedy: Schema.String,
  /** Whether the words of the command are wrong whatever the data hold. */
  isUsage: Schema.optionalKey(Schema.Boolean)
}) {
  override get message(): string {
    const what = `Cannot clean${this.how === "" ? "" : ` ${this.how}`}`
    return this.wanted === null
      ? `${what}: ${this.found}; ${this.remedy}`
      : `${what}: found ${this.found}, expected ${this.wanted}; ${this.remedy}`
  }
}
