import * as Schema from "effect/Schema"

/**
 * Something could not be brought to the hub. The reason tells what can be done about it.
 *
 * `badToken`: the hub knows no such token. `forbidden`: the token may not do it. `notFound`: no such place. `conflict`: somebody else
 * committed in between. `unavailable`: no usable answer after all tries, or the hub asks to wait for long. `refused`: the hub or its
 * storage says no. `malformed`: an answer makes no sense. `badFolder`: the folder is not what a finished run or conversion leaves. No field holds
 * a token or a signature.
 */
export class HubError extends Schema.TaggedError<HubError>()("HubError", {
  reason: Schema.Literals([
    "badToken",
    "forbidden",
    "notFound",
    "conflict",
    "unavailable",
    "refused",
    "malformed",
    "badFolder"
  ]),
  /** What was tried, as in "push "out/first"". */
  action: Schema.String,
  found: Schema.String,
  wanted: Schema.String,
  remedy: Schema.String
}) {
  override get message(): string {
    return `Cannot ${this.action}: found ${this.found}, expected ${this.wanted}; ${this.remedy}`
  }
}
