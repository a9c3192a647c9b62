import * as fs from "node:fs"
import * as path from "node:path"
import { parse } from "csv-parse/sync"
import { canonicalVotes } from "../../src/cleaners/canonicalVotes.ts"
import type { Comparisons } from "../../src/cleaners/Comparisons.ts"
import type { Votes } from "../../src/cleaners/Votes.ts"

const data = path.resolve(import.meta.dirname, "../../../shared/data/real")

/** Votes of a real data set on canonical sides, with what else is known of the items. */
export interface RealCrowd {
  readonly votes: Votes
  readonly annotators: ReadonlyArray<string>
  /** Per item the class known to be right, or -1; absent where there is no gold. */
  readonly gold?: Int8Array
  /** The same votes without ties, as shown, candidates tied together as far as the data allows. */
  readonly comparisons?: Comparisons
  /** Per item, the two candidates of `comparisons` on sides A and B. */
  readonly candidates?: ReadonlyArray<readonly [a: number, b: number]>
  /** Per vote, its entry in `comparisons`; -1 for ties. */
  readonly comparisonOf?: Int32Array
}

/** Whether a data set lies beside the checkout; says so on standard output where it does not. */
export const isThere = (name: string): boolean => {
  const found = fs.existsSync(path.join(data, name))
  if (!found) process.stdout.write(`skipped "${name}": it is not beside the checkout\n`)
  return found
}

const read = (...parts: ReadonlyArray<string>) => fs.readFileSync(path.join(data, ...parts), "utf8")
const csv = (...parts: ReadonlyArray<string>) =>
  parse(read(...parts), { columns: true }) as ReadonlyArray<Record<string, string>>

interface Vote {
  /** What was compared, prompt included. */
  readonly firstId: string
  readonly secondId: string
  /** 0 first, 1 second, 2 tie, -1 none. */
  readonly verdict: number
  readonly annotator: string
  /** What ties comparisons together; default the ids. */
  readonly firstCandidate?: string
  readonly secondCandidate?: string
}

const crowd = (
  rows: ReadonlyArray<Vote>,
  ties: "omit" | "class",
  goldOf?: (a: string, b: string) => number
): RealCrowd => {
  const canonical = canonicalVotes(
    {
      firstId: rows.map(({ firstId }) => firstId),
      secondId: rows.map(({ secondId }) => secondId),
      verdict: Int8Array.from(rows, ({ verdict }) => verdict),
      annotator: rows.map(({ annotator }) => annotator)
    },
    ties
  )
  const { annotators, row, sides, votes } = canonical
  const numbers = new Map<string, number>()
  const candidateOf = new Map<string, number>()
  const number = (id: string, candidate: string) => {
    if (!numbers.has(candidate)) numbers.set(candidate, numbers.size)
    candidateOf.set(id, numbers.get(candidate)!)
    return numbers.get(candidate)!
  }
  const comparisonOf = new Int32Array(row.length).fill(-1)
  const kept: Array<readonly [number, number, number, number]> = []
  for (const [v, r] of row.entries()) {
    const { firstCandidate, firstId, secondCandidate, secondId, verdict } = rows[r]!
    const first = number(firstId, firstCandidate ?? firstId)
    const second = number(secondId, secondCandidate ?? secondId)
    if (verdict === 2) continue
    comparisonOf[v] = kept.length
    kept.push([first, second, 1 - verdict, votes.annotator[v]!])
  }
  const comparisons = {
    first: Int32Array.from(kept, ([first]) => first),
    second: Int32Array.from(kept, ([, second]) => second),
    firstWon: Uint8Array.from(kept, ([, , won]) => won),
    annotator: Int32Array.from(kept, ([, , , k]) => k),
    nCandidates: numbers.size,
    nAnnotators: votes.nAnnotators
  }
  const found = {
    votes,
    annotators,
    comparisons,
    candidates: sides.map(([a, b]) => [candidateOf.get(a)!, candidateOf.get(b)!] as const),
    comparisonOf
  }
  return goldOf === undefined ? found : { ...found, gold: Int8Array.from(sides, ([a, b]) => goldOf(a, b)) }
}

/** 8,931 votes of 124 workers on 2,139 pairs; candidates are the models. No gold. */
export const llmfao = (ties: "omit" | "class"): RealCrowd =>
  crowd(
    csv("llmfao", "crowd-comparisons.csv").map(({ model_x, model_y, prompt, winner, worker }) => ({
      firstId: `${prompt}/${model_x}`,
      secondId: `${prompt}/${model_y}`,
      firstCandidate: model_x!,
      secondCandidate: model_y!,
      verdict: ["left", "right", "tie"].indexOf(winner!),
      annotator: worker!
    })),
    ties
  )

/**
 * Every two stories of a prompt, compared by the ratings of one criterion.
 *
 * "judges": the 20 pairs of model and prompt vote, and gold is the story with the higher mean of the three human ratings;
 * "humans": the three slots of human raters vote and there is no gold.
 */
export const hanna = (
  who: "judges" | "humans",
  criterion = "coherence",
  ties: "omit" | "class" = "omit"
): RealCrowd => {
  const rows = csv("hanna", "ratings_long.csv")
  const human = new Map<string, number>()
  for (const row of rows.filter(({ rater_kind }) => rater_kind === "human")) {
    human.set(row["story_id"]!, (human.get(row["story_id"]!) ?? 0) + Number(row[criterion]) / 3)
  }
  const groups = Map.groupBy(
    rows.filter(({ rater_kind }) => (rater_kind === "human") === (who === "humans")),
    ({ eval_prompt, prompt_index, rater }) => `${rater}/${eval_prompt}/${prompt_index}`
  )
  const votes = [...groups.values()].flatMap((stories) =>
    stories.flatMap((first, i) =>
      stories.slice(i + 1).map((second) => {
        const gap = Number(first[criterion]) - Number(second[criterion])
        return {
          firstId: first["story_id"]!,
          secondId: second["story_id"]!,
          verdict: Number.isNaN(gap) || first[criterion] === "" ? -1 : gap === 0 ? 2 : gap > 0 ? 0 : 1,
          annotator: `${first["rater"]} ${first["eval_prompt"]}`
        }
      })
    )
  )
  if (who === "humans") return crowd(votes, ties)
  return crowd(votes, ties, (a, b) => {
    const gap = human.get(a)! - human.get(b)!
    return Math.abs(gap) < 1e-9 ? -1 : gap > 0 ? 0 : 1
  })
}

/** 999 pairs by three people and two judge models, ties as a class. `judges` false leaves the models out. No gold. */
export const pandalm = (judges: boolean): RealCrowd => {
  const people = JSON.parse(read("pandalm-testset", "testset-v1.json")) as ReadonlyArray<Record<string, unknown>>
  const verdictOf = (label: unknown) => [["1"], ["2"], ["0", "Tie"]].findIndex((names) => names.includes(String(label)))
  const votes = people.flatMap((row) =>
    [1, 2, 3].map((k) => ({
      idx: Number(row["idx"]),
      annotator: `annotator${k}`,
      verdict: verdictOf(row[`annotator${k}`])
    }))
  )
  const models = [
    ["gpt-3.5-turbo-testset-v1.json", "gpt_result"],
    ["pandalm-7b-testset-v1.json", "pandalm_result"]
  ] as const
  for (const [file, column] of judges ? models : []) {
    for (const row of JSON.parse(read("pandalm-testset", file)) as ReadonlyArray<Record<string, unknown>>) {
      votes.push({ idx: Number(row["idx"]), annotator: column, verdict: verdictOf(row[column]) })
    }
  }
  const {
    candidates: _,
    comparisonOf: __,
    comparisons: ___,
    ...rest
  } = crowd(
    votes.map(({ idx, ...vote }) => ({ ...vote, firstId: `${idx}/1`, secondId: `${idx}/2` })),
    "class"
  )
  return rest
}

/** 419 pairs judged by 65 configurations in both orders, each order as an annotator of its own, with gold. */
export const llmbar = (keeps: (row: Record<string, string>) => boolean): RealCrowd => {
  const rows = csv("llmbar", "judgments.csv").filter(keeps)
  const gold = new Map(rows.map(({ gold: side, item, subset }) => [`${subset}/${item}`, side]))
  const {
    candidates: _,
    comparisonOf: __,
    comparisons: ___,
    ...rest
  } = crowd(
    rows.map(({ item, judge_model, judge_strategy, subset, swapped, winner }) => ({
      firstId: `${subset}/${item}/1`,
      secondId: `${subset}/${item}/2`,
      verdict: winner === "" ? -1 : Number(winner) - 1,
      annotator: `${judge_model} ${judge_strategy} ${swapped}`
    })),
    "omit",
    (a) => (a.endsWith(`/${gold.get(a.slice(0, -2))}`) ? 0 : 1)
  )
  return rest
}

/** 1,019 pairs that are no ties, one label each by an unnamed annotator: the gold itself. */
export const autoj = (): RealCrowd => {
  const rows = read("autoj-pairwise", "testdata_pairwise.jsonl")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { readonly label: number })
  return crowd(
    rows.map(({ label }, i) => ({ firstId: `${i}/1`, secondId: `${i}/2`, verdict: label, annotator: "gold" })),
    "omit"
  )
}
