/**
 * Brings a tag to the form in which equal tags are equal texts: NFKC, lower case, with one space for each run of white space,
 * hyphens and underscores, and none at the ends. Signs stay ("c++" is not "c"); words are not stemmed.
 */
export const normaliseTag = (given: string): string =>
  given
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll(/[\s\p{Pd}_]+/gu, " ")
    .trim()
