import * as path from "node:path"

/** The name of data for folders and titles: that of the file or folder without the endings of data files, "data" where nothing is left. */
export const dataName = (file: string): string => {
  const name = path.basename(path.resolve(file)).replace(/\.(?:gz|zst)$/i, "")
  return name.replace(/\.(?:jsonl?|csv|parquet|arrow)$/i, "") || "data"
}
