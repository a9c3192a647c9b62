import type { Span } from "../../schemas/Span.ts"

/** What judgments about a span have as `firstId`: the candidate's id and the index of the span in it. */
export const spanId = ({ candidateId, index }: Pick<Span, "candidateId" | "index">): string => `${candidateId}#${index}`
