import { isSideOf, type MadeAt } from "../originsOf.ts"

/**
 * The lines that made a row, the last first: where several made rows of this id, the one that knew its candidates.
 *
 * A line about a pair that was compared leads back to the pair itself.
 */
export const stepsTo = (
  id: string,
  made: ReadonlyArray<MadeAt>,
  candidates: ReadonlySet<string> = new Set()
): ReadonlyArray<MadeAt> => {
  const steps: Array<MadeAt> = []
  const knows = ({ from }: MadeAt) =>
    ((from as { readonly candidates?: ReadonlyArray<{ readonly id: string }> }).candidates ?? []).some(({ id: one }) =>
      candidates.has(one)
    )
  let wanted = id
  let before = Number.POSITIVE_INFINITY
  for (;;) {
    const makers = made.filter((line) => line.at < before && line.made.includes(wanted))
    const step = makers.findLast(({ from }) => isSideOf(from, wanted)) ?? makers.findLast(knows) ?? makers.at(-1)
    if (step === undefined) return steps
    steps.push(step)
    before = step.at
    if (!isSideOf(step.from, wanted)) wanted = step.of
  }
}
