/** One of the thirteen methods of PrefCleanBench: a flagging rule and what is done with flagged rows. */
export interface BenchMethod {
  /** Its name in the paper. */
  readonly name: string
  readonly rule: "llmJudge" | "rwGap" | "voteMaj" | "voteAll" | "tagCmp" | "tagDiv" | "ifd" | "ifdGap"
  readonly treatment: "remove" | "flip"
  /** What the rule reads. */
  readonly evidence: "judgeScores" | "rewardGaps" | "rewardScores" | "tags" | "logProbs"
}

/**
 * The thirteen methods of PrefCleanBench, in the order of the paper: eight rules, five of them with both treatments.
 *
 * Source: PrefCleanBench, https://arxiv.org/abs/2509.23564
 */
export const prefCleanBench: ReadonlyArray<BenchMethod> = [
  { name: "LLM-Judge-R", rule: "llmJudge", treatment: "remove", evidence: "judgeScores" },
  { name: "LLM-Judge-F", rule: "llmJudge", treatment: "flip", evidence: "judgeScores" },
  { name: "RwGap-R", rule: "rwGap", treatment: "remove", evidence: "rewardGaps" },
  { name: "RwGap-F", rule: "rwGap", treatment: "flip", evidence: "rewardGaps" },
  { name: "Vote-Maj-R", rule: "voteMaj", treatment: "remove", evidence: "rewardScores" },
  { name: "Vote-Maj-F", rule: "voteMaj", treatment: "flip", evidence: "rewardScores" },
  { name: "Vote-All-R", rule: "voteAll", treatment: "remove", evidence: "rewardScores" },
  { name: "Vote-All-F", rule: "voteAll", treatment: "flip", evidence: "rewardScores" },
  { name: "Tag-Cmp", rule: "tagCmp", treatment: "remove", evidence: "tags" },
  { name: "Tag-Div", rule: "tagDiv", treatment: "remove", evidence: "tags" },
  { name: "IFD-R", rule: "ifd", treatment: "remove", evidence: "logProbs" },
  { name: "IFD-Gap-R", rule: "ifdGap", treatment: "remove", evidence: "logProbs" },
  { name: "IFD-Gap-F", rule: "ifdGap", treatment: "flip", evidence: "logProbs" }
]
