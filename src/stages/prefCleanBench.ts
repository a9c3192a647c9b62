import { prefCleanBench as methods } from "../cleaners/prefCleanBench.ts"
import type { Pipeline } from "../Pipeline.ts"
import type { Run } from "../Run.ts"
import type { After } from "../Stage.ts"
import { flag, type FlagGives } from "./flag.ts"
import type { JudgeRule, LogProbRule, ModelsRule, TagRule } from "./FlagRule.ts"
import { treat, type TreatGives } from "./treat.ts"

/** What `flag` and `treat` together make of a pipeline. */
type Cleaning<Needs> = <Row extends Needs & { readonly chosen: string; readonly rejected: string }, E, R>(
  input: Pipeline<Row, E, R>
) => Pipeline<After<Row, FlagGives & TreatGives, true>, E, R | Run>

type OptionsOf<Rule, Name> = Omit<Extract<Rule, { readonly rule: Name }>, "rule">

/** One signature for each kind of evidence. */
export interface PrefCleanBench {
  <const Column extends string>(
    name: "LLM-Judge-R" | "LLM-Judge-F",
    columns: Omit<JudgeRule<Column>, "rule">
  ): Cleaning<{ readonly id: string } & { readonly [K in Column]: number | null }>
  <const Column extends string>(
    name: "RwGap-R" | "RwGap-F",
    columns: OptionsOf<ModelsRule<Column>, "rwGap">
  ): Cleaning<{ readonly id: string } & { readonly [K in Column]: number | null }>
  <const Column extends string>(
    name: "Vote-Maj-R" | "Vote-Maj-F" | "Vote-All-R" | "Vote-All-F",
    columns: { readonly chosen: ReadonlyArray<Column>; readonly rejected: ReadonlyArray<Column> }
  ): Cleaning<{ readonly id: string } & { readonly [K in Column]: number | null }>
  <const Column extends string>(
    name: "Tag-Cmp" | "Tag-Div",
    columns: Omit<TagRule<Column>, "rule">
  ): Cleaning<{ readonly id: string } & { readonly [K in Column]: ReadonlyArray<string> }>
  <const Column extends string>(
    name: "IFD-R",
    columns: OptionsOf<LogProbRule<Column>, "ifd">
  ): Cleaning<{ readonly id: string } & { readonly [K in Column]: number | null }>
  <const Column extends string>(
    name: "IFD-Gap-R" | "IFD-Gap-F",
    columns: OptionsOf<LogProbRule<Column>, "ifdGap">
  ): Cleaning<{ readonly id: string } & { readonly [K in Column]: number | null }>
}

/**
 * Cleans pairs by one of the thirteen methods of PrefCleanBench, by its published name: `flag` and then `treat`.
 *
 * The part before the last "-R" (remove) or "-F" (flip) names the rule; "Tag-Cmp" and "Tag-Div" remove. The columns are those
 * of the rule, see `flag`. "RwGap-F" exchanges the signs of its gaps along with the sides. Throws a RangeError on a name that
 * is none of the thirteen.
 *
 * Source: PrefCleanBench, https://arxiv.org/abs/2509.23564
 */
export const prefCleanBench: PrefCleanBench = (name: string, columns: object) => {
  const method = methods.find((one) => one.name === name)
  if (method === undefined) {
    throw new RangeError(
      `Cannot clean by PrefCleanBench: found method "${name}", expected one of ${methods.map((one) => one.name).join(", ")}`
    )
  }
  const { rule, treatment } = method
  const flagging = flag({ ...columns, rule } as JudgeRule<string>)
  const treating = treat({ treatment, negated: "gaps" in columns ? (columns.gaps as ReadonlyArray<string>) : [] })
  const apply = (input: Pipeline<{ readonly id: string; readonly chosen: string; readonly rejected: string }>) =>
    treating(flagging(input as Pipeline<never>) as Pipeline<never>)
  return apply as unknown as Cleaning<never>
}
