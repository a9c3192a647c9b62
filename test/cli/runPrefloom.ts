import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

/** The command as a user starts it. */
export const prefloomPath = fileURLToPath(new URL("../../src/cli/prefloom.js", import.meta.url))

/** What a finished child process left. */
export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command in a child process to its end; `started` gets the process, for signals. */
export const runPrefloom = (
  args: ReadonlyArray<string>,
  options: {
    readonly cwd?: string
    readonly node?: string
    readonly env?: Readonly<Record<string, string>>
    readonly started?: (child: ChildProcess) => void
  } = {}
): Promise<Finished> =>
  new Promise((resolve, reject) => {
    const child = spawn(options.node ?? process.execPath, [prefloomPath, ...args], {
      cwd: options.cwd ?? os.tmpdir(),
      env: { ...process.env, NODE_OPTIONS: "", ...options.env },
      stdio: ["ignore", "pipe", "pipe"]
    })
    let stdout = ""
    let stderr = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
    child.on("error", reject)
    child.on("close", (code) => resolve({ code, stdout, stderr }))
    options.started?.(child)
  })

/** Writes files into a new temporary folder and returns it; `remove` takes it away. */
export const temporaryFolder = (files: Readonly<Record<string, string>>) => {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "prefloom-cli-")))
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    fs.writeFileSync(path.join(folder, name), content)
  }
  return { folder, remove: () => fs.rmSync(folder, { recursive: true, force: true }) }
}

/**
 * A pipeline of 40 rows that asks a scripted model twice a row and writes no data; each call takes `latencyMs`.
 *
 * It lies outside the checkout, so that resolving "prefloom" and "effect" is part of what is tested.
 */
export const countingPipeline = (latencyMs: number): string => `
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { generate, into, memory, Prompt, scripted, type Sink, using } from "prefloom"

console.log("printed by the pipeline file")

const count: Sink<unknown, number> = {
  name: "count",
  config: {},
  write: (_columns, batches) => Stream.runFold(batches, () => 0, (sum, batch) => sum + batch.rows.length)
}

const rows = Array.from({ length: 40 }, (_, i) => ({ id: \`p\${i}\`, domain: null, prompt: \`Say \${i}\`, reference: null }))

export default memory(rows, Prompt).pipe(
  generate({ n: 2 }),
  into(count),
  using(scripted((request) => Effect.as(Effect.sleep(${latencyMs}), request.messages[0]!.content), { concurrency: 4 }))
)
`
