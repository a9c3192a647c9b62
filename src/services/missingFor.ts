import type { Capability, Request } from "./Provider.ts"

/** What a request cannot do without and is not among the capabilities: a server that does not know it would answer something else. */
export const missingFor = (
  { prefix, topLogProbs }: Pick<Request, "prefix" | "topLogProbs">,
  capabilities: ReadonlyArray<Capability>
): "prefix" | "topLogProbs" | null => {
  if (prefix !== undefined && !capabilities.includes("prefix")) return "prefix"
  return topLogProbs === undefined || capabilities.includes("topLogProbs") ? null : "topLogProbs"
}
