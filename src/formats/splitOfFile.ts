import { plainSplit } from "./plainSplit.ts"
import { splitInWords } from "./splitInWords.ts"

/**
 * The split that a file name shows: all of it, as in `train_prefs-00000-of-00002.parquet` or `dev.jsonl.gz`, or a word of it, as in
 * `test_prefs.parquet`; null when it shows none, or several. Folders show nothing here.
 */
export const splitOfFile = (file: string): string | null => plainSplit(file) ?? splitInWords(/[^/\\]*$/.exec(file)![0])
