/** Why a method of cleaning cannot be used on data: what was found, and what it takes; null where `found` says both. */
export interface MissingEvidence {
  readonly found: string
  readonly expected: string | null
}

/** Says whether a result is a refusal. */
export const isMissing = (result: object): result is MissingEvidence => "expected" in result
