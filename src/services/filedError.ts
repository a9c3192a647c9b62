import { LanguageModelError } from "./LanguageModelError.ts"

/** The error that was filed when a request was given up, which is about its row alone. Throws a `SyntaxError` where it is no JSON. */
export const filedError = (provider: string, model: string, failure: string | null): LanguageModelError => {
  const filed = JSON.parse(failure ?? "{}") as Partial<Pick<LanguageModelError, "reason" | "found" | "remedy">>
  const { found = "no answer", reason = "malformed", remedy = "prefloom run --retry-rejects asks again" } = filed
  return new LanguageModelError({ reason, provider, model, found, remedy, oneRow: true })
}
