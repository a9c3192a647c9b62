import * as CliOutput from "effect/cli/CliOutput"
import * as Effect from "effect/Effect"
import { printable, printableLines } from "./printable.ts"
import { printNotice, printResult } from "./StandardOutput.ts"

/**
 * Shows help that was asked for on standard output, and what is wrong with a command line on standard error.
 *
 * Colours only where the stream is a terminal and `NO_COLOR` is not set.
 */
export const presenter: CliOutput.Presenter = {
  present: (event) => {
    switch (event._tag) {
      case "Help": {
        const asked = event.reason === "Requested"
        const colors = hasColors(asked ? process.stdout : process.stderr)
        const text = spaced(CliOutput.defaultFormatter({ colors }).formatHelpDoc(event.helpDoc))
        return asked ? printResult(text) : printNotice(text)
      }
      case "InvalidInvocation": {
        const problems = event.errors.map((error) => `Error: ${printableLines(error.message)}\n`)
        const help = printable([...event.commandPath, "--help"].join(" "))
        return printNotice(`${problems.join("")}\nUsage: ${event.helpDoc.usage}\nRun "${help}" for what it takes\n`)
      }
      case "Version":
        return printResult(`${event.name} ${event.version}`)
    }
    return Effect.void
  }
}

// The formatter leaves no blank line between the subcommands and the examples.
const spaced = (help: string): string => help.replace(/(?<!\n)\n(?=\S*EXAMPLES)/, "\n\n")

/** True when this stream shows colours: a terminal that can, and nobody asked for none. */
export const hasColors = (stream: NodeJS.WriteStream): boolean =>
  stream.isTTY && (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb"
