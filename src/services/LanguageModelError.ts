import * as Schema from "effect/Schema"

/** A model did not answer. The reason tells what can be done about it. */
export class LanguageModelError extends Schema.TaggedError<LanguageModelError>()("LanguageModelError", {
  reason: Schema.Literals([
    "authentication",
    "outOfCredit",
    "budget",
    "rateLimited",
    "overloaded",
    "timedOut",
    "unreachable",
    "malformed",
    "contentFilter",
    "contextTooLong",
    "badRequest",
    "unsupported",
    "notJournaled"
  ]),
  provider: Schema.String,
  model: Schema.String,
  found: Schema.String,
  remedy: Schema.String,
  /** How long the server asks to wait, in milliseconds. */
  retryAfterMs: Schema.optionalKey(Schema.Number),
  /** True when the server may have done the work, and billed it, although no answer came. */
  mayBeBilled: Schema.optionalKey(Schema.Boolean),
  /** True when what came was no answer at all, as where something else stands in the server's place for a while. */
  isUnreadable: Schema.optionalKey(Schema.Boolean),
  /** What the server sent in place of a usable answer, as far as it is kept: for the log of calls. */
  body: Schema.optionalKey(Schema.String),
  /** True when this concerns one row alone, whatever the reason: other calls are answered. */
  oneRow: Schema.optionalKey(Schema.Boolean)
}) {
  override get message(): string {
    return `Cannot get an answer from ${this.provider} model "${this.model}": ${this.found}; ${this.remedy}`
  }
}

/** The same error about one row alone, with the parts given in place of its own. */
export const aboutOneRow = (
  error: LanguageModelError,
  more: { readonly found?: string; readonly remedy?: string } = {}
): LanguageModelError => {
  const { found, mayBeBilled, model, provider, reason, remedy } = error
  return new LanguageModelError({
    reason,
    provider,
    model,
    found,
    remedy,
    ...more,
    ...(mayBeBilled === undefined ? {} : { mayBeBilled }),
    oneRow: true
  })
}

/** Trying again may help; what is known to concern one row alone was tried as often as it should be. */
export const canBeRetried = ({ oneRow, reason }: LanguageModelError): boolean =>
  oneRow !== true &&
  (reason === "rateLimited" ||
    reason === "overloaded" ||
    reason === "timedOut" ||
    reason === "unreachable" ||
    reason === "malformed")

/** Somebody was there: what broke is at most a connection that had been made. */
export const wasConnected = ({ mayBeBilled, reason }: LanguageModelError): boolean =>
  reason !== "unreachable" || mayBeBilled === true

/** The row becomes a reject and the run goes on; every other error stops the run. */
export const concernsOneRow = (error: LanguageModelError): boolean =>
  error.oneRow === true || error.reason === "contentFilter" || error.reason === "contextTooLong"
