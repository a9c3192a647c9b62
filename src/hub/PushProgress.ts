/** How far a push is; the push edits it in place and whoever shows it reads it now and then. */
export interface PushProgress {
  /** What is being done, as "Sending". */
  what: string
  /** Bytes done of it. A try that fails takes its bytes back. */
  bytes: number
  totalBytes: number
  /** The file that is under way; null between files. */
  path: string | null
  /** Why it is waiting, while it is. */
  trouble: string | null
}

/** A push that has not begun. */
export const makePushProgress = (): PushProgress => ({
  what: "Reading",
  bytes: 0,
  totalBytes: 0,
  path: null,
  trouble: null
})
