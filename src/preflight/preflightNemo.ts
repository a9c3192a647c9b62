import { findingOf, type PreflightCheck, Sightings } from "./PreflightCheck.ts"

/**
 * Looks for rows on which NeMo-RL's trainers raise: other than two completions, or two of the same rank.
 *
 * Source: https://github.com/NVIDIA-NeMo/RL/blob/main/docs/guides/dpo.md
 */
export const preflightNemo = (): PreflightCheck => {
  const several = new Sightings()
  const ties = new Sightings()
  return {
    see: ({ example, record: { candidates } }) => {
      if (candidates.length > 2) several.see(example)
      if (candidates.length === 2 && candidates[0]!.rank === candidates[1]!.rank) ties.see(example)
    },
    result: (nRows) => ({
      findings: [
        ...findingOf(nRows, several, {
          check: "moreThanTwo",
          severity: "stops training",
          what: "a row has more than two completions, where NeMo-RL's trainers take exactly two",
          remedy: "prefloom convert --to nemo-rl writes the best and the worst"
        }),
        ...findingOf(nRows, ties, {
          check: "equalRanks",
          severity: "stops training",
          what: "both completions have the same rank, for which NeMo-RL raises an error",
          remedy: "prefloom convert leaves these rows out"
        })
      ],
      unchecked: []
    })
  }
}
