import { compare } from "./compare.ts"
import { rate } from "./rate.ts"

/** Asks annotators for opinions: `judge.rate` on one candidate at a time, `judge.compare` on two. */
export const judge = { rate, compare } as const
