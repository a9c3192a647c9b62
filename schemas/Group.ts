import { Candidates } from "./Candidate.ts"
import { Judgments } from "./Judgment.ts"
import { Prompt } from "./Prompt.ts"

/** Columns of a group: one prompt with all its candidates and all judgments about them. */
export const Group = { ...Prompt, ...Candidates, ...Judgments } as const
