import type { StageContext } from "../Stage.ts"

/**
 * Keeps something apart for each run of a stage, made when it is first asked for and gone with the run.
 *
 * For what `row` of a `reshape` has to count although no row comes out for it. A run is known by its context.
 */
export const perRun = <A extends object>(make: () => A): ((context: StageContext) => A) => {
  const kept = new WeakMap<StageContext, A>()
  return (context) => {
    const found = kept.get(context) ?? make()
    kept.set(context, found)
    return found
  }
}
