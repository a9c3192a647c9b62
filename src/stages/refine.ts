import { rewriteAs, type RewriteOptions } from "./rewrite.ts"
import * as Rewriting from "./Rewriting.ts"

/** Options of `refine`: those of `rewrite`, and the way only where it is another one. */
export type RefineOptions = Omit<RewriteOptions, "by"> & { readonly by?: Rewriting.Rewriting }

/**
 * Adds better versions of candidates, revised by what judges said of them; `rewrite` by critiques under its own name.
 *
 * Candidates without a critique are left alone. `by: Rewriting.byFeedback(…)` takes what a user said instead, `Rewriting.ask(…)` a request
 * of your own, for instance to a model that has to find its own error. See `rewrite`.
 */
export const refine = (options: RefineOptions = {}) => rewriteAs("refine", { by: Rewriting.byCritique(), ...options })
