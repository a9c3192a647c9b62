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

/** Where the rows of a conversion come from, and what else is known of it than its stages and findings say. */
export interface Conversion {
  /** The format that was read, by its name in `prefloom convert`; "columns" where the columns were named. */
  readonly from: string
  /** The format in words, and what decided. */
  readonly said: string
  /** The files that were read, by name without folders, with their SHA-256 in hexadecimal. */
  readonly files: ReadonlyArray<{ readonly name: string; readonly bytes: number; readonly sha256: string }>
  /** The splits that were asked for; null where all were read. */
  readonly splits: ReadonlyArray<string> | null
  /** How often something in a row was mended, or left out of it, by what. */
  readonly mended: ReadonlyArray<readonly [what: string, n: number]>
  /** Whether the source says of itself that models wrote its texts. */
  readonly synthetic: boolean
  /** What the source says of itself, with where it says so: a sentence each. */
  readonly repeated: ReadonlyArray<string>
}

/**
 * What a run leaves about itself in `manifest.json`: enough to say how every number came about.
 *
 * `simulated` is true when no real model answered. `pipelineHash` covers stages, columns and options. A cost that is not known
 * is null. Nothing in it depends on time, place or speed, so equal runs write equal manifests. A conversion of files into a folder
 * leaves one too: its `pipeline` is the name of the data set, and `conversion` says where the rows come from.
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
  /** Set where files were converted and no pipeline was run. */
  readonly conversion?: Conversion
}

/** What a run spent: not part of the manifest, because a resumed run spends less. */
export type Spend = Readonly<Record<string, ModelCounts>>
