import { classify } from "./classify.ts"
import { compare } from "./compare.ts"
import { judgeByRule } from "./judgeByRule.ts"
import { rate } from "./rate.ts"
import { ratePairs } from "./ratePairs.ts"
import { ratePrompts } from "./ratePrompts.ts"
import { rateSpans } from "./rateSpans.ts"

/**
 * Asks annotators for opinions.
 *
 * As judgments: `judge.rate` on one candidate at a time, `judge.compare` on two, `judge.spans` on the pieces of a candidate, `judge.rule` by
 * a function in place of a model. As columns: `judge.pairs` on a pair as one thing, `judge.prompts` a number and `judge.classify` a class or tags of a
 * prompt or of a turn.
 */
export const judge = {
  rate,
  compare,
  spans: rateSpans,
  pairs: ratePairs,
  prompts: ratePrompts,
  classify,
  rule: judgeByRule
} as const
