import * as path from "node:path"
import type { Companion, Writer } from "./Format.ts"
import { parseJson } from "./Messages.ts"

/** The tags of turns that LLaMA-Factory takes where an entry names none, which are those we write. */
export const shareGptTags = {
  role_tag: "from",
  content_tag: "value",
  user_tag: "human",
  assistant_tag: "gpt",
  observation_tag: "observation",
  function_tag: "function_call",
  system_tag: "system"
}

/**
 * Makes the entry of LLaMA-Factory's `dataset_info.json` for a file, and puts it into the one that is there.
 *
 * Every column and every tag that is used is named, because those that are left out count as absent. An entry of the same name
 * is replaced; the others stay. A file that is there and is no JSON object is refused.
 */
export const datasetInfo = (
  file: string,
  writer: Writer,
  entry: {
    readonly formatting: "alpaca" | "sharegpt"
    readonly ranking: boolean
    readonly columns: Readonly<Record<string, string>>
  }
): Companion => ({
  name: "dataset_info.json",
  text: (existing) => {
    const parsed = existing === null ? {} : parseJson(existing)
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
      return { found: "text that is no JSON object", wanted: "the registry of LLaMA-Factory, or no such file" }
    }
    const written = new Set(writer.columns.map(({ name }) => name))
    const columns = Object.entries(entry.columns).filter(([, column]) => written.has(column))
    const info = {
      ...parsed,
      [path.basename(file).replace(/\.(jsonl?|parquet|arrow|csv)$/, "")]: {
        file_name: path.basename(file),
        formatting: entry.formatting,
        ...(entry.ranking ? { ranking: true } : {}),
        columns: Object.fromEntries(columns),
        ...(entry.formatting === "sharegpt" ? { tags: shareGptTags } : {})
      }
    }
    return `${JSON.stringify(info, null, 2)}\n`
  }
})
