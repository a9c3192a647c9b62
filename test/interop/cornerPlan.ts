import { dataset, into, memory } from "prefloom"
import { hardFields, hardRows } from "../sinks/hardTable.ts"

const format = process.env["PREFLOOM_INTEROP_FORMAT"] === "arrow" ? "arrow" : "jsonl.zst"

/** Columns of every kind as a data set with a card, in the file type that the environment names. */
export default memory(hardRows(600, { finite: true }) as never, hardFields).pipe(into(dataset({ format })))
