import type { Finding } from "./Findings.ts"
import type { ModelCounts } from "./Progress.ts"
import type { WrittenFile } from "./Sink.ts"

/** One stage in the manifest: its rows in, out and rejected by reason, and the options that decided them. */
export interface ManifestStage {
  readonly key: string
  readonly kind: string
  readonly config: unknown
  readonly rowsIn: number
  readonly rowsOut: number
  readonly rejected: Readonly<Record<string, number>>
}

/**
 * What a run leaves about itself in `manifest.json`: enough to say how every number came about.
 *
 * `simulated` is true when no real model answered. `pipelineHash` covers stages, columns and options. A cost that is not known
 * is null. Nothing in it depends on time, place or speed, so equal runs write equal manifests.
 */
export interface Manifest {
  readonly prefloom: string
  readonly pipeline: string
  readonly pipelineHash: string
  readonly seed: number
  readonly limit: number | null
  readonly simulated: boolean
  readonly provider: { readonly name: string; readonly endpoint: string; readonly models: ReadonlyArray<string> } | null
  readonly notice: string | null
  readonly stages: ReadonlyArray<ManifestStage>
  /** Rows that came out of the pipeline; null where there was none. */
  readonly rowsOut: number | null
  readonly findings: ReadonlyArray<{ readonly stage: string; readonly finding: Finding }>
  readonly columns: unknown
  readonly files: ReadonlyArray<WrittenFile>
  readonly libraries: Readonly<Record<string, string>>
}

/** What a run spent: not part of the manifest, because a resumed run spends less. */
export type Spend = Readonly<Record<string, ModelCounts>>
