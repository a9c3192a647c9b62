import { type Fault, sometimes } from "./Fault.ts"
import type { BatchOptions, LineFate } from "./FaultBatches.ts"
import { FaultServer, type FaultServerOptions } from "./FaultServer.ts"

/** The options of a server as JSON: what is a function there is a table here. */
export interface FaultServerArgument extends Omit<FaultServerOptions, "plan" | "batch"> {
  /** Faults by the request's index, and a share of all other requests. */
  readonly plan?: {
    readonly byIndex?: Readonly<Record<string, Fault>>
    readonly rate?: number
    readonly faults?: ReadonlyArray<Fault>
    readonly seed?: number
  }
  readonly batch?: {
    readonly ms?: number
    /** By the batch's number and the line's, as in `1:3`. */
    readonly fates?: Readonly<Record<string, LineFate>>
    /** Numbers of batches that fail validation. */
    readonly invalid?: ReadonlyArray<number>
  }
}

// Run as a program: one JSON argument in, the port out, then it serves until it is killed.
const { batch = {}, plan = {}, ...options } = JSON.parse(process.argv[2] ?? "{}") as FaultServerArgument
const others = sometimes(plan.rate ?? 0, plan.faults ?? [], plan.seed ?? 0)
const batchOptions: BatchOptions = {
  ...(batch.ms === undefined ? {} : { ms: batch.ms }),
  fate: (line) => batch.fates?.[`${line.batch}:${line.line}`] ?? 200,
  invalid: (number) => batch.invalid?.includes(number) ?? false
}
const server = await FaultServer.start({
  ...options,
  plan: (seen) => plan.byIndex?.[seen.index] ?? others(seen),
  batch: batchOptions
})
process.stdout.write(`${server.port}\n`)
