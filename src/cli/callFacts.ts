import type { CallRecord } from "../Run.ts"

/** What a call is, in the words of the GenAI semantic conventions; `request` is what the provider made of the first request. */
export interface CallFacts {
  readonly operation: string
  readonly provider: string
  readonly request: unknown
}

/** Reads what a call is off the request that the journal files. */
export const callFacts = (record: CallRecord): CallFacts => {
  const { kind, provider, request } = JSON.parse(record.requests[0] ?? "{}") as {
    readonly kind?: string
    readonly provider?: string
    readonly request?: unknown
  }
  return { operation: operations.get(kind) ?? kind ?? "chat", provider: provider ?? "_OTHER", request }
}

const operations: ReadonlyMap<string | undefined, string> = new Map([
  [undefined, "chat"],
  ["embed", "embeddings"]
])
