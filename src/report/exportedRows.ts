import type { Manifest } from "../Manifest.ts"
import { findingsOf } from "./Section.ts"

/** The rows of the pipeline that were to be written in a trainer's format, and what became of them. */
export interface ExportedRows {
  /** The sink, as a stage. */
  readonly stage: string
  readonly format: string
  /** Rows that came out of the pipeline. */
  readonly rowsIn: number
  /** Rows of the format in the files: fewer where some were rejected, more where it takes several for one. */
  readonly rowsOut: number
  readonly rejected: Readonly<Record<string, number>>
}

/** Says how many rows a run wrote in a trainer's format; null where its rows were written as they are. */
export const exportedRows = (manifest: Manifest): ExportedRows | null => {
  const [exported] = findingsOf(manifest, "export")
  const sink = manifest.stages.find(({ kind }) => kind === "sink")
  if (exported === undefined || sink === undefined) return null
  const { key, rejected, rowsIn, rowsOut } = sink
  return { stage: key, format: exported.finding.format, rowsIn, rowsOut, rejected }
}
