/** A file of a folder that is pushed. */
export interface PushFile {
  /** Relative to the folder and in the repository, with forward slashes. */
  readonly path: string
  /** Absolute. */
  readonly file: string
  readonly bytes: number
  readonly sha256: string
  /** What git calls the file when it is kept as it is: a SHA-1 over its size and bytes. */
  readonly gitOid: string
}

/** A file of a repository: what git calls it, and its SHA-256 where it lies in the storage for large files. */
export interface HubFile {
  readonly path: string
  readonly bytes: number
  readonly gitOid: string
  readonly sha256: string | null
}
