import type * as Schema from "effect/Schema"
import type { Step } from "../Pipeline.ts"
import type { SourceOptions } from "./makeRows.ts"
import { type Paths, pathList } from "./sourceFiles.ts"

/** The step of a source that reads files: its paths as given, and the options except those that change no row. */
export const sourceStep = (key: string, paths: Paths, fields: Schema.Struct.Fields, options: SourceOptions): Step => {
  const config: Record<string, unknown> = { paths: pathList(paths), ...options }
  delete config["batchSize"]
  return { key, kind: "source", needs: {}, gives: fields, config }
}
