/**
 * The annotator that a merged score is filed under: `aggregate:` and a name.
 *
 * The prefix tells what was made of opinions from the opinions, so that nothing counts twice.
 */
export const aggregateName = (name: string): string => `${prefix}${name}`

/** Whether a judgment was made of other judgments. */
export const isAggregate = ({ annotator }: { readonly annotator: string }): boolean => annotator.startsWith(prefix)

const prefix = "aggregate:"
