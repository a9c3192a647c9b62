import * as CliError from "effect/cli/CliError"

/** The error of a command that was called in a way that cannot be: its help is shown with the message, and the exit code is 2. */
export const usageError = (command: ReadonlyArray<string>, message: string): CliError.ShowHelp =>
  new CliError.ShowHelp({ commandPath: ["prefloom", ...command], errors: [new CliError.ValidationError({ message })] })
