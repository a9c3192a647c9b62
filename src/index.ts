/** Prefloom: preference data for aligning language models, as typed pipelines. */

export { Candidate, Candidates } from "../schemas/Candidate.ts"
export { Group } from "../schemas/Group.ts"
export { Judgment, Judgments } from "../schemas/Judgment.ts"
export { Label, Labels } from "../schemas/Label.ts"
export { Pair } from "../schemas/Pair.ts"
export { PairOfPairs } from "../schemas/PairOfPairs.ts"
export { Prompt } from "../schemas/Prompt.ts"

export type { Batch } from "./Batch.ts"
export type { BudgetCaps, Caps } from "./Budget.ts"
export * as Columns from "./Columns.ts"
export { Control } from "./Control.ts"
export { execute, type ExecuteOptions, type Outcome, RunFailed } from "./execute.ts"
export type { Finding } from "./Findings.ts"
export { Journal } from "./Journal.ts"
export type { Manifest } from "./Manifest.ts"
export * as Pipeline from "./Pipeline.ts"
export { into, type Plan, using, within } from "./Plan.ts"
export { Progress } from "./Progress.ts"
export { noting, type Reject, reject } from "./Rejects.ts"
export { Run } from "./Run.ts"
export * as Seed from "./Seed.ts"
export type { Sink, WrittenFile } from "./Sink.ts"
export { each, enrich, reshape, type RowOf, type Stage, whole } from "./Stage.ts"

export { LanguageModel } from "./services/LanguageModel.ts"
export { LanguageModelError } from "./services/LanguageModelError.ts"
export type { Completion, Message, Provider, ProviderSource, Request, Task } from "./services/Provider.ts"

export { batch, type BatchOptions } from "./providers/batch.ts"
export { type EndpointOptions, openAICapabilities, vllmCapabilities } from "./providers/Endpoint.ts"
export { http } from "./providers/http.ts"
export { openai } from "./providers/openai.ts"
export { record } from "./providers/record.ts"
export { replay } from "./providers/replay.ts"
export { scripted } from "./providers/scripted.ts"
export { simulated, type SimulatedAnnotator, type SimulatedOptions } from "./providers/simulated.ts"

export { arrow } from "./sources/arrow.ts"
export { csv } from "./sources/csv.ts"
export { json } from "./sources/json.ts"
export { jsonl } from "./sources/jsonl.ts"
export { memory } from "./sources/memory.ts"
export { parquet } from "./sources/parquet.ts"

export { arrow as toArrow } from "./sinks/arrow.ts"
export { dataset, type DatasetOptions } from "./sinks/dataset.ts"
export { jsonl as toJsonl } from "./sinks/jsonl.ts"
export { memory as toMemory } from "./sinks/memory.ts"
export { parquet as toParquet } from "./sinks/parquet.ts"

export { adopt } from "./stages/adopt.ts"
export type { Annotator } from "./stages/Annotator.ts"
export { clean, type CleanOptions } from "./stages/clean.ts"
export { embed, type EmbedGapsOptions, type EmbedOptions } from "./stages/embed.ts"
export { type ErrorType, seaPoErrorTypes } from "./stages/ErrorType.ts"
export { filter } from "./stages/filter.ts"
export { flag, type FlagGives } from "./stages/flag.ts"
export type { JudgeRule, LogProbRule, ModelsRule, OwnRule, ResponseColumns, TagRule } from "./stages/FlagRule.ts"
export { generate, type GenerateOptions } from "./stages/generate.ts"
export { identify } from "./stages/identify.ts"
export { inject, type InjectOptions } from "./stages/inject.ts"
export { judge } from "./stages/judge.ts"
export { logProb, type LogProbGapOptions, type LogProbOptions } from "./stages/logProb.ts"
export { materialise } from "./stages/materialise.ts"
export { bestWorst, injected, pair, type PairRule, threshold } from "./stages/pair.ts"
export { pairOfPairs, type PairOfPairsOptions } from "./stages/pairOfPairs.ts"
export { plantNoise, type PlantNoiseOptions } from "./stages/plantNoise.ts"
export { prefCleanBench } from "./stages/prefCleanBench.ts"
export {
  type NamedModel,
  type PairJudge,
  type RewardModel,
  score,
  type ScoreByJudgesOptions,
  type ScoreCandidatesOptions,
  type ScoreOptions
} from "./stages/score.ts"
export { split } from "./stages/split.ts"
export { tag, type TagOptions } from "./stages/tag.ts"
export { take } from "./stages/take.ts"
export { treat, type TreatOptions } from "./stages/treat.ts"
