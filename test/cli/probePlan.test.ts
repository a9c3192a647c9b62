import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import type { Plan } from "../../src/Plan.ts"
import { probeProblems } from "../../src/cli/probePlan.ts"
import type { Probe } from "../../src/services/probeCapabilities.ts"
import type { Plan as FaultPlan } from "../faults/Fault.ts"
import { FaultServer } from "../faults/FaultServer.ts"
import { countingPipeline, runPrefloom, temporaryFolder } from "./runPrefloom.ts"

const { folder, remove } = temporaryFolder({ "bad.ts": countingPipeline(0).replace("n: 2", "n: 2, samples: 2") })
afterAll(remove)

/** Checks a pipeline whose provider is a server that fails by a plan. */
const checked = async (plan: FaultPlan, ...flags: ReadonlyArray<string>) => {
  const server = await FaultServer.start({ plan })
  const provider = `http({ model: "m", baseUrl: "${server.baseUrl}", keyVariable: "NO_KEY", capabilities: ["embed"] })`
  const pipeline = countingPipeline(0)
    .replace(/using\(scripted.*\)$/m, `using(${provider})`)
    .replace("scripted, ", "")
    .replace('import * as Effect from "effect/Effect"', 'import { http } from "prefloom/providers/http"')
  fs.writeFileSync(path.join(folder, "probed.ts"), pipeline)
  const finished = await runPrefloom(["check", ...flags, "probed.ts"], { cwd: folder })
  await server.close()
  return { ...finished, requests: server.requests }
}

describe("check --probe", () => {
  it("check --probe says what works, how long it took and how many calls it made", async () => {
    const { code, requests, stderr, stdout } = await checked(() => null, "--probe")
    assert.include(stderr, "Asking http 2 small questions, each a call")
    assert.match(stdout, /^Probes {8}completion: works, \d+\.\d\d s\n {14}embed: works, \d+\.\d\d s$/m)
    assert.match(stdout, /^Calls +2 were made, and not kept$/m)
    assert.deepStrictEqual([code, requests], [0, 2])
  })

  it("check --probe passes over a capability that fails and that no stage needs", async () => {
    const plan: FaultPlan = ({ path: at }) => (at === "/v1/embeddings" ? { kind: "status", status: 404 } : null)
    const { code, stdout } = await checked(plan, "--probe")
    assert.match(stdout, /embed: does not work: status 404/)
    assert.strictEqual(code, 0)
  })

  it("check --probe fails where a stage needs what does not work", async () => {
    const { code, stderr, stdout } = await checked(() => ({ kind: "status", status: 404 }), "--probe")
    assert.match(stderr, /^Cannot run stage "generate": completion does not work at http:.*: found status 404/m)
    assert.include(stderr, 'Cannot accept "probed.ts": found 1 problem, expected none')
    assert.match(stdout, /completion: does not work/)
    assert.strictEqual(code, 1)
  })

  it("check makes no call without --probe, and none with it for a pipeline that it refuses anyway", async () => {
    const { code, requests, stdout } = await checked(() => null)
    assert.match(stdout, /^Calls +none was made$/m)
    assert.deepStrictEqual([code, requests], [0, 0])
    const refused = await runPrefloom(["check", "--probe", "bad.ts"], { cwd: folder })
    assert.match(refused.stdout, /^Calls +none was made$/m)
    assert.strictEqual(refused.code, 1)
  })
})

describe("probeProblems", () => {
  const step = { kind: "each", needs: {}, gives: {}, config: {} }
  const planOf = (...steps: ReadonlyArray<object>) =>
    ({ steps: steps.map((one) => ({ ...step, ...one })) }) as unknown as Plan
  const probes: ReadonlyArray<Probe> = [
    { asked: "completion", endpoint: "here", ms: 1, problem: "status 500" },
    { asked: "scoreText", endpoint: "here", ms: 1, problem: null },
    { asked: "seed", endpoint: "here", ms: 1, problem: "no seeds" }
  ]

  it("probeProblems wants completions of a stage that makes calls, unless it asks for scores alone", () => {
    const plan = planOf(
      { key: "load" },
      { key: "ask", callsPerRow: 2 },
      { key: "score", callsPerRow: 1, capabilities: ["scoreText"] }
    )
    assert.deepStrictEqual(probeProblems(plan, probes), [
      'Cannot run stage "ask": completion does not work at here: found status 500'
    ])
  })

  it("probeProblems names each capability of a stage that does not work", () => {
    const plan = planOf({ key: "ask", callsPerRow: 1, capabilities: ["seed", "scoreText"] })
    assert.deepStrictEqual(probeProblems(plan, probes), [
      'Cannot run stage "ask": seed does not work at here: found no seeds'
    ])
  })
})
