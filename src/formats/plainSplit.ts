/** Older ones of the hub have a hash behind the number. */
const shard = /^(.+)-\d{5}-of-\d{5}(?:-[0-9a-f]+)?$/
/** As `save_to_disk` calls every one. */
const saved = "data"
const ending = /(?:\.(?:parquet|arrow|jsonl?|csv|gz|zst))+$/i
const usual = new Set(["train", "validation", "val", "valid", "dev", "test", "eval"])

/**
 * The split that is all of a file's name, as in `train_prefs-00000-of-00002.parquet` or `test.jsonl.gz`; null when there is more to it, or another
 * name, such as the `data` of shards that `save_to_disk` of the Python library datasets writes.
 *
 * Of the usual names capitals do not count.
 */
export const plainSplit = (file: string): string | null => {
  const stem = /[^/\\]*$/.exec(file)![0].replace(ending, "")
  const ofShard = shard.exec(stem)?.[1]
  if (ofShard !== undefined) return ofShard === saved ? null : ofShard
  return usual.has(stem.toLowerCase()) ? stem.toLowerCase() : null
}
