import * as Schema from "effect/Schema"

/**
 * A sink could not write. `path` is relative to the run folder.
 *
 * `badRow`: a value does not fit its column, or the format cannot hold it; `row` counts from 0 over all rows the sink got.
 * `badPath`: the path leaves the run folder or is taken. `cannotWrite`: the file system refused. `preflight`: training on the rows would
 * fail or go wrong, and the sink was told to fail then. No file is left behind.
 */
export class SinkError extends Schema.TaggedError<SinkError>()("SinkError", {
  reason: Schema.Literals(["badRow", "badPath", "cannotWrite", "preflight"]),
  sink: Schema.String,
  path: Schema.String,
  row: Schema.NullOr(Schema.Int),
  column: Schema.NullOr(Schema.String),
  found: Schema.String,
  wanted: Schema.String
}) {
  override get message(): string {
    const what = this.row === null ? "" : `row ${this.row} to `
    const where = this.column === null ? "" : `column "${this.column}" holds `
    return `Cannot write ${what}"${this.path}" (sink "${this.sink}"): ${where}${this.found}, expected ${this.wanted}`
  }
}

/** Names the sink and the file of an error. */
export interface Target {
  readonly sink: string
  readonly path: string
}

/** The error for a path that the sink may not use. */
export const badPath = (target: Target, found: string, wanted: string): SinkError =>
  new SinkError({ ...target, reason: "badPath", row: null, column: null, found, wanted })

/** The error for a path of a file that the run has read. */
export const replacesInput = (target: Target, file: string): SinkError =>
  badPath(
    target,
    `"${file}" there, which this run reads`,
    "data elsewhere: the results would replace it; choose another folder or name for them"
  )

/** The error for a path of a file that somebody else left there. */
export const replacesForeign = (target: Target, file: string): SinkError =>
  badPath(
    target,
    `"${file}" there, which no command of Prefloom wrote`,
    "none, or its own: it would be replaced; move it away, or choose another folder or name"
  )

/** The error for a value that the file cannot hold. */
export const badRow = (target: Target, row: number, column: string, found: string, wanted: string): SinkError =>
  new SinkError({ ...target, reason: "badRow", row, column, found, wanted })

/** The error for rows that a preflight refuses. */
export const preflightRefused = (target: Target, found: string, wanted: string): SinkError =>
  new SinkError({ ...target, reason: "preflight", row: null, column: null, found, wanted })

/** The error for what the file system or a compressor threw. */
export const cannotWrite = (target: Target, cause: unknown): SinkError =>
  cause instanceof SinkError
    ? cause
    : new SinkError({
        ...target,
        reason: "cannotWrite",
        row: null,
        column: null,
        found: cause instanceof Error ? cause.message : String(cause),
        wanted: "a folder that can be written and a disk with room"
      })
