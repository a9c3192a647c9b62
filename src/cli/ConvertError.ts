import * as Schema from "effect/Schema"

/** A conversion that cannot be done at all; `remedy` names what settles it. */
export class ConvertError extends Schema.TaggedError<ConvertError>()("ConvertError", {
  what: Schema.String,
  found: Schema.String,
  wanted: Schema.String,
  remedy: Schema.String,
  /** Whether the words of the command are wrong whatever the data hold. */
  isUsage: Schema.optionalKey(Schema.Boolean)
}) {
  override get message(): string {
    return `Cannot ${this.what}: found ${this.found}, expected ${this.wanted}; ${this.remedy}`
  }
}
