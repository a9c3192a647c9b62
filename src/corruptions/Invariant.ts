/**
 * What a rewritten text has to have kept: null when it has, else what is wrong, in words that a model can act on.
 *
 * Has to be pure. Its name and its text stand for it in the manifest.
 */
export type Invariant = (before: string, after: string) => string | null
