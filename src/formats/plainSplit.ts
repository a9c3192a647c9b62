const shard = /^(.+)-\d{5}-of-\d{5}$/
const ending = /(?:\.(?:parquet|arrow|jsonl?|csv|gz|zst))+$/i
const usual = new Set(["train", "validation", "val", "valid", "dev", "test", "eval"])

/**
 * The split that is all of a file's name, as in `train_prefs-00000-of-00002.parquet` or `test.jsonl.gz`; null when there is more to it, or another name.
 *
 * Of the usual names capitals do not count.
 */
export const plainSplit = (file: string): string | null => {
  const stem = /[^/\\]*$/.exec(file)![0].replace(ending, "")
  return shard.exec(stem)?.[1] ?? (usual.has(stem.toLowerCase()) ? stem.toLowerCase() : null)
}
