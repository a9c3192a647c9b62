const words = {
  train: ["train", "training"],
  validation: ["validation", "valid", "dev", "val"],
  test: ["test", "testing", "eval", "evaluation"]
}

/**
 * The split that one word of a name stands for, by the words and the splits that the hub knows: `test` of `prefs_eval.jsonl`. Null where there is
 * no such word, and where there are words for several splits.
 *
 * Anything but letters is between words. Unlike there, capitals do not count. Source: `SPLIT_KEYWORDS` of the Python library datasets.
 */
export const splitInWords = (name: string): string | null => {
  const found = new Set(name.toLowerCase().split(/\P{L}+/u))
  const splits = Object.entries(words).flatMap(([split, all]) => (all.some((word) => found.has(word)) ? [split] : []))
  return splits.length === 1 ? splits[0]! : null
}
