import * as Schema from "effect/Schema"

/**
 * A source cannot be read: the file, the place in it ("line 17", "row group 2"), the column, what was found and what was wanted.
 *
 * Lines, rows, elements and row groups count from 1, bytes from 0. `place` and `column` are null when the whole file is meant.
 */
export class SourceError extends Schema.TaggedError<SourceError>()("SourceError", {
  file: Schema.String,
  place: Schema.NullOr(Schema.String),
  column: Schema.NullOr(Schema.String),
  found: Schema.String,
  wanted: Schema.String
}) {
  override get message(): string {
    const at = [
      ...(this.place === null ? [] : [this.place]),
      ...(this.column === null ? [] : [`column "${this.column}"`])
    ]
    return `Cannot read "${this.file}": found ${this.found}${at.length === 0 ? "" : ` at ${at.join(", ")}`}, expected ${this.wanted}`
  }
}

/** Makes a `SourceError` about a whole file, or about a place in it. */
export const sourceError = (
  file: string,
  found: string,
  wanted: string,
  where: { readonly place?: string; readonly column?: string } = {}
): SourceError => new SourceError({ file, place: where.place ?? null, column: where.column ?? null, found, wanted })
