import type { Amount } from "../cleaners/lowestFraction.ts"
import type { AuditRequest } from "./auditFiles.ts"
import type { CleanMethod, CleanTreatment } from "./cleanMethods.ts"

/** What to clean, by what, and what to do about it. */
export interface CleanRequest extends AuditRequest {
  readonly method: CleanMethod
  readonly treatment: CleanTreatment
  /** Default 0.5. */
  readonly threshold?: number
  readonly amount?: Amount
  /** What the data set is called. */
  readonly name: string
}

/** What a cleaning came to. */
export interface Cleaned {
  readonly files: ReadonlyArray<string>
  /** What was read as what. */
  readonly format: string
  readonly columns: string
  readonly method: CleanMethod
  /** The model and why it was taken. */
  readonly model: string
  readonly treatment: CleanTreatment
  /** Rows read; each is in the data or in the rejects. */
  readonly rowsIn: number
  readonly rowsOut: number
  readonly rejected: number
  /** Rejected rows by reason, the most frequent first. */
  readonly reasons: ReadonlyArray<readonly [string, number]>
  readonly votes: number
  /** Pairs with a recorded order; those of them of which the method says nothing; those it flags; what became of these. */
  readonly pairs: number
  readonly unknown: number
  readonly flagged: number
  readonly flipped: number
  readonly removed: number
  /** Share of pairs in the wrong order by the probabilities of the method, as recorded and as written; null where it has none. */
  readonly wrong: { readonly before: number; readonly after: number | null } | null
  readonly splits: ReadonlyArray<{ readonly name: string; readonly rows: number }>
  /** Own columns that were renamed, that are written as JSON, and that cannot be read. */
  readonly renamed: ReadonlyArray<{ readonly from: string; readonly to: string }>
  readonly asJson: ReadonlyArray<string>
  readonly unread: ReadonlyArray<string>
  readonly warnings: ReadonlyArray<{ readonly code: string; readonly message: string }>
  readonly next: ReadonlyArray<{ readonly title: string; readonly text: string; readonly code?: string }>
  /** The files written, relative to the folder of the results. */
  readonly written: ReadonlyArray<string>
}
