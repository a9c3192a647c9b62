import * as Schema from "effect/Schema"

/** It cannot be told which columns of a file say what about votes, or what their labels mean; `remedy` names the flags. */
export class VoteColumnsError extends Schema.TaggedError<VoteColumnsError>()("VoteColumnsError", {
  file: Schema.String,
  found: Schema.String,
  remedy: Schema.String
}) {
  override get message(): string {
    return `Cannot read votes from "${this.file}": found ${this.found}, expected columns that allow one reading; ${this.remedy}`
  }
}
