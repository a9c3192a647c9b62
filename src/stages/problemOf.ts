import type { StructuredOutcome } from "../services/askStructured.ts"
import { spentOnThinking } from "./spentOnThinking.ts"

/** What is wrong with a structured answer, and what to do where its tokens ran out before its first word. */
export const problemOf = ({
  completion,
  problem
}: Pick<Extract<StructuredOutcome<never>, { readonly ok: false }>, "completion" | "problem">): string => {
  const advice = spentOnThinking(completion)
  return advice === null ? problem : `${problem}: ${advice}`
}
