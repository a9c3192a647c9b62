import { Console } from "node:console"
import { Writable } from "node:stream"

let show = (text: string): void => void process.stderr.write(text)

/** Says who shows log lines from here on; a display puts them above its own lines. Returns what shows them until now. */
export const showLogsBy = (next: (text: string) => void): ((text: string) => void) => {
  const before = show
  show = next
  return before
}

/**
 * Sends what pipeline files, stages and libraries print with `console` to standard error.
 *
 * Standard output is for results: a stray `console.log` must not end up in front of a JSON object.
 */
export const logsToStandardError = (): void => {
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      show(chunk)
      done()
    }
  })
  const replacement = new Console({ stdout: stream, stderr: stream, colorMode: false })
  for (const [name, method] of Object.entries(replacement)) Reflect.set(globalThis.console, name, method)
}
