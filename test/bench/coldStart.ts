import { execFileSync } from "node:child_process"
import * as os from "node:os"
import { fileURLToPath } from "node:url"

const nRuns = 7
const target = 400

const runOnce = (command: string): number => {
  const startedAt = performance.now()
  execFileSync(process.execPath, [command, "--help"], { stdio: ["ignore", "pipe", "inherit"] })
  return performance.now() - startedAt
}

/**
 * Measures how long `prefloom --help` takes from the start of the process to its end, from source.
 *
 * Median of 7 runs in fresh processes, after one that fills Node's compile cache, as the first start on a machine does. The
 * same Node runs it as runs the benchmark. `detail` has the spread and the load, which on a busy machine is most of the figure.
 */
export const coldStartBench = async () => {
  const command = fileURLToPath(new URL("../../src/cli/prefloom.js", import.meta.url))
  const firstMs = runOnce(command)
  const times = Array.from({ length: nRuns }, () => runOnce(command)).toSorted((a, b) => a - b)
  const value = Math.round(times[Math.floor(nRuns / 2)]!)
  return {
    name: "cold start of prefloom --help",
    value,
    unit: "ms",
    target,
    better: "lower" as const,
    met: value < target,
    detail: `median of ${nRuns}, ${Math.round(times[0]!)} to ${Math.round(times[nRuns - 1]!)} ms; first start ${Math.round(firstMs)} ms; Node ${process.versions.node}, ${os.availableParallelism()} cores, load ${os.loadavg()[0]!.toFixed(1)}`
  }
}
