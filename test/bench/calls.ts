import { execFile, spawn } from "node:child_process"
import * as path from "node:path"
import { promisify } from "node:util"
import type { Measurement } from "./main.ts"

const run = promisify(execFile)

interface Timed {
  readonly seconds: number
  readonly cpuSeconds: number
}

/** Starts a server that answers after so long, and gives `use` its port. */
const withServer = async <A>(latencyMs: number, use: (port: number) => Promise<A>): Promise<A> => {
  const script = path.join(import.meta.dirname, "modelServer.ts")
  const server = spawn(process.execPath, [script, String(latencyMs)], { stdio: ["ignore", "pipe", "inherit"] })
  try {
    return await use(
      await new Promise<number>((resolve) => server.stdout.once("data", (text) => resolve(Number(text))))
    )
  } finally {
    server.kill()
  }
}

const timed = async (
  port: number,
  provider: string,
  mode: string,
  concurrency: number,
  calls: number
): Promise<Timed> => {
  const script = path.join(import.meta.dirname, "callsRun.ts")
  const { stdout } = await run(process.execPath, [
    "--conditions=@prefloom/source",
    script,
    ...[port, provider, mode, concurrency, calls].map(String)
  ])
  return JSON.parse(stdout) as Timed
}

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

const nCalls = 20_000

/**
 * What the `generate` stage with journal and budget costs over a bare loop over the same client, at concurrency 256 and 20 ms;
 * and the rate of the pool provider at 100 in flight and 50 ms.
 */
export const callsBench = async (): Promise<ReadonlyArray<Measurement>> => {
  const measurements: Array<Measurement> = []
  await withServer(20, async (port) => {
    for (const provider of ["openai", "http"]) {
      const bare: Array<Timed> = []
      const stage: Array<Timed> = []
      // In turns, so that what else the machine does meets both.
      for (let i = 0; i < 3; i++) {
        bare.push(await timed(port, provider, "bare", 256, nCalls))
        stage.push(await timed(port, provider, "stage", 256, nCalls))
      }
      const rate = (runs: ReadonlyArray<Timed>) => nCalls / median(runs.map(({ seconds }) => seconds))
      const cpuUs = (runs: ReadonlyArray<Timed>) => (median(runs.map(({ cpuSeconds }) => cpuSeconds)) * 1e6) / nCalls
      const ratio = rate(stage) / rate(bare)
      measurements.push({
        name: `${provider}: stage over bare loop`,
        value: ratio,
        unit: "ratio",
        target: 0.9,
        better: "higher",
        met: ratio >= 0.9,
        detail: `${rate(stage).toFixed(0)} and ${rate(bare).toFixed(0)} calls/s at 256, 20 ms, median of 3`
      })
      const extra = cpuUs(stage) - cpuUs(bare)
      measurements.push({
        name: `${provider}: CPU above the bare client`,
        value: extra,
        unit: "µs/call",
        target: 250,
        better: "lower",
        met: extra <= 250,
        detail: `${cpuUs(stage).toFixed(0)} and ${cpuUs(bare).toFixed(0)} µs a call`
      })
    }
  })
  await withServer(50, async (port) => {
    const runs = [1, 2, 3].map(() => () => timed(port, "http", "stage", 100, nCalls))
    const seconds: Array<number> = []
    for (const one of runs) seconds.push((await one()).seconds)
    const rate = nCalls / median(seconds)
    measurements.push({
      name: "http: one call a row, journal and budget on",
      value: rate,
      unit: "rows/s",
      target: 1500,
      better: "higher",
      met: rate >= 1500,
      detail: "50 ms, 100 in flight, median of 3; 2,000 is what 50 ms allow"
    })
  })
  return measurements
}
