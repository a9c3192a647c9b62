import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import type { Plan } from "../../src/Plan.ts"
import { probeFindings } from "../../src/cli/probePlan.ts"
import type { Probe } from "../../src/services/probeCapabilities.ts"
import type { Plan as FaultPlan } from "../faults/Fault.ts"
import { FaultServer } from "../faults/FaultServer.ts"
import { asObject } from "../faults/ServedModel.ts"
import { countingPipeline, runPrefloom, temporaryFolder } from "./runPrefloom.ts"

const { folder, remove } = temporaryFolder({
  "bad.ts": countingPipeline(0).replace("n: 2", "n: 2, samples: 2"),
  "keyless.ts": countingPipeline(0)
    .replace(/using\(scripted.*\)$/m, 'using(openai({ model: "gpt-5-mini" }))')
    .replace("scripted, ", "")
    .replace('import * as Effect from "effect/Effect"', 'import { openai } from "prefloom"')
})
afterAll(remove)

/** Checks a pipeline whose provider is a server that fails by a plan. */
const checkedWith = async (
  plan: FaultPlan,
  capabilities: ReadonlyArray<string>,
  judge: string,
  ...flags: ReadonlyArray<string>
) => checkedAt({}, plan, capabilities, judge, ...flags)

/** The same with further options of the provider, or with a table behind the pipeline. */
const checkedAt = async (
  { derive, more = {} }: { readonly more?: object; readonly derive?: string },
  plan: FaultPlan,
  capabilities: ReadonlyArray<string>,
  judge: string,
  ...flags: ReadonlyArray<string>
) => {
  const server = await FaultServer.start({ plan, keepBodies: true })
  const options = `model: "m", baseUrl: "${server.baseUrl}", keyVariable: "NO_KEY"`
  const provider = `http({ ${options}, capabilities: ${JSON.stringify(capabilities)}, ...${JSON.stringify(more)} })`
  const pipeline = countingPipeline(0)
    .replace("generate({ n: 2 }),", `generate({ n: 2 }), ${judge}`)
    .replace("import { generate,", judge === "" ? "import { generate," : "import { generate, judge,")
    .replace("import {", derive === undefined ? "import {" : "import { bestWorst, dataset, pair, pairOfPairs,")
    .replace("const count", "export const count")
    .replace("into(count)", derive === undefined ? "into(count)" : `into(dataset({ derive: { ${derive} } }))`)
    .replace(/using\(scripted.*\)$/m, `using(${provider})`)
    .replace("scripted, ", "")
    .replace('import * as Effect from "effect/Effect"', 'import { http } from "prefloom/providers/http"')
  fs.writeFileSync(path.join(folder, "probed.ts"), pipeline)
  const finished = await runPrefloom(["check", ...flags, "probed.ts"], { cwd: folder })
  await server.close()
  return { ...finished, requests: server.requests }
}

const checked = (plan: FaultPlan, ...flags: ReadonlyArray<string>) => checkedWith(plan, ["embed"], "", ...flags)

/** A server that refuses requests with a field. */
const refusing =
  (field: string): FaultPlan =>
  ({ body }) =>
    field in asObject(body) ? { kind: "status", status: 400, body: { error: { message: `no ${field}` } } } : null

const rating = 'judge.rate({ annotators: ["ada"] }),'

describe("check --probe", () => {
  it("check --probe fails where a stage sends what the server refuses, and names the remedy", async () => {
    const wrong = await checkedWith(refusing("response_format"), ["jsonSchema"], rating, "--probe")
    assert.match(
      wrong.stderr,
      /^Cannot run stage "judge\.rate": jsonSchema does not work at .*: found status 400, no response_format.*; leave "jsonSchema" out of the provider's option capabilities/m
    )
    assert.strictEqual(wrong.code, 1)
    const unasked = await checkedWith(refusing("response_format"), ["jsonSchema"], "", "--probe")
    assert.match(unasked.stdout, /jsonSchema: does not work: status 400/)
    assert.strictEqual(unasked.code, 0)
  })

  it("check --probe asks the models that stages name, and the provider's own for what no stage wants", async () => {
    const judging = 'judge.rate({ annotators: [{ name: "ada", model: "judge" }] }),'
    const plan: FaultPlan = ({ body }) => (asObject(body)["model"] === "judge" ? { kind: "status", status: 404 } : null)
    const { code, stderr, stdout } = await checkedWith(plan, ["embed"], judging, "--probe")
    assert.match(
      stdout,
      /^Probes {8}completion: works, .*\n {14}embed: works, .*\n {14}completion of judge: does not work: /m
    )
    assert.match(
      stderr,
      /^Cannot run stage "judge\.rate": completion of model "judge" does not work at .*: found status 404/m
    )
    assert.notInclude(stderr, '"generate"')
    assert.strictEqual(code, 1)
  })

  it("check --probe asks the models that tables behind the pipeline name", async () => {
    const plan: FaultPlan = ({ body }) => (asObject(body)["model"] === "typo" ? { kind: "status", status: 404 } : null)
    const judged = 'judge.compare({ annotators: ["ada"] }), pair({ rules: [bestWorst()] }),'
    const derive = 'pops: pairOfPairs({ sampler: "active", annotators: [{ name: "bram", model: "typo" }] })'
    const { code, stderr } = await checkedAt({ derive }, plan, [], judged, "--probe")
    assert.match(
      stderr,
      /^Cannot run stage "pops\/pairOfPairs": completion of model "typo" does not work at .*: found status 404/m
    )
    assert.notInclude(stderr, 'Cannot run stage "judge')
    assert.strictEqual(code, 1)
  })

  it("check --probe says that an empty answer shows nothing, and refuses nothing for it", async () => {
    const body = { choices: [{ finish_reason: "length", message: { content: "" } }] }
    const { code, stdout } = await checkedWith(() => ({ kind: "answer", body }), ["jsonSchema"], rating, "--probe")
    assert.match(stdout, /^ +jsonSchema: not shown: the answer is empty; /m)
    assert.strictEqual(code, 0)
  })

  it("check --probe remarks on what a stage can do without, and exits with 0", async () => {
    const { code, stdout } = await checkedWith(refusing("n"), ["samples"], "", "--probe")
    assert.match(
      stdout,
      /^Remark {8}samples does not work at .*; several samples of one request take a call each; leave/m
    )
    assert.strictEqual(code, 0)
  })

  it("check --probe says what works, how long it took and how many calls it made", async () => {
    const { code, requests, stderr, stdout } = await checked(() => null, "--probe")
    assert.include(stderr, "Asking http 2 small questions, each a call; each is waited for at most 30 s")
    assert.match(stdout, /^Probes {8}completion: works, \d+\.\d\d s\n {14}embed: works, \d+\.\d\d s$/m)
    assert.match(stdout, /^Calls +2 were made, and not kept$/m)
    assert.deepStrictEqual([code, requests], [0, 2])
  })

  it("check --probe asks an endpoint no more that never answers", async () => {
    const late: FaultPlan = () => ({ kind: "late", ms: 2 ** 31 })
    const { code, requests, stdout } = await checkedAt({ more: { timeoutMs: 200 } }, late, ["embed"], "", "--probe")
    assert.match(
      stdout,
      /^Probes {8}completion: does not work: no answer within 0.2 s\n {14}embed: not shown: not asked, because this/m
    )
    assert.match(stdout, /^Calls +1 was tried, none was answered$/m)
    assert.deepStrictEqual([code, requests], [1, 1])
  })

  it("check --probe counts no call as made that was answered by nobody, as where the key is missing", async () => {
    const line = ["check", "--probe", "keyless.ts"]
    const { code, stdout } = await runPrefloom(line, { cwd: folder, env: { OPENAI_API_KEY: "" } })
    assert.match(stdout, /^Probes +completion: does not work: OPENAI_API_KEY is not set, or blank; /m)
    assert.match(stdout, /^Calls +\d+ were tried, none was answered$/m)
    assert.strictEqual(code, 1)
  })

  it("check --probe passes over a capability that fails and that no stage needs", async () => {
    const plan: FaultPlan = ({ path: at }) => (at === "/v1/embeddings" ? { kind: "status", status: 404 } : null)
    const { code, stdout } = await checked(plan, "--probe")
    assert.match(stdout, /embed: does not work: status 404/)
    assert.match(stdout, /^Calls +2 were tried, 1 answered, and not kept$/m)
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

describe("probeFindings", () => {
  const step = { kind: "each", needs: {}, gives: {}, config: {} }
  const planOf = (...steps: ReadonlyArray<object>) =>
    ({ steps: steps.map((one) => ({ ...step, ...one })), derived: [] }) as unknown as Plan
  const probe = (asked: Probe["asked"], problem: string | null, refused = problem !== null, model = "own"): Probe => ({
    asked,
    model,
    endpoint: "here",
    ms: 1,
    problem,
    doubt: null,
    refused
  })
  const problemsOf = (probes: ReadonlyArray<Probe>, ...steps: ReadonlyArray<object>) =>
    probeFindings(planOf(...steps), probes, "own").problems

  it("probeFindings wants completions of a stage that makes calls, unless it asks for scores alone", () => {
    const steps = [
      { key: "load" },
      { key: "ask", callsPerRow: 2 },
      { key: "score", callsPerRow: 1, capabilities: ["scoreText"] }
    ]
    assert.deepStrictEqual(problemsOf([probe("completion", "status 500"), probe("scoreText", null)], ...steps), [
      'Cannot run stage "ask": completion does not work at here: found status 500'
    ])
  })

  it("probeFindings names each capability of a stage that does not work", () => {
    const steps = [{ key: "ask", callsPerRow: 1, capabilities: ["prefix", "scoreText"] }]
    assert.deepStrictEqual(problemsOf([probe("prefix", "no prefixes"), probe("scoreText", null)], ...steps), [
      'Cannot run stage "ask": prefix does not work at here: found no prefixes; give the plan a model or server that can with using(…), or take the stage out'
    ])
  })

  it("probeFindings looks at the tables that the sink makes, too", () => {
    const { steps: derived } = planOf({ key: "pops/pairOfPairs", callsPerRow: 2 })
    const plan = { ...planOf({ key: "load" }), derived }
    assert.deepStrictEqual(probeFindings(plan, [probe("completion", "status 500")], "own").problems, [
      'Cannot run stage "pops/pairOfPairs": completion does not work at here: found status 500'
    ])
  })

  it("probeFindings knows that every completion is asked with a seed where the provider declares it", () => {
    const steps = [
      { key: "ask", callsPerRow: 1 },
      { key: "score", callsPerRow: 1, capabilities: ["scoreText"] }
    ]
    const [problem, ...others] = problemsOf([probe("completion", null), probe("seed", "no seeds")], ...steps)
    assert.match(problem!, /^Cannot run stage "ask": seed does not work at here: found no seeds; leave "seed" out of/)
    assert.deepStrictEqual(others, [])
  })

  it("probeFindings says nothing more of an endpoint that does not complete at all", () => {
    const found = probeFindings(
      planOf({ key: "ask", callsPerRow: 1, prefers: ["jsonSchema"] }),
      [
        probe("completion", "status 404"),
        probe("seed", "status 404"),
        probe("jsonSchema", "status 404"),
        probe("samples", "status 404")
      ],
      "own"
    )
    assert.lengthOf(found.problems, 1)
    assert.deepStrictEqual(found.remarks, [])
  })

  it("probeFindings remarks on a schema that is not kept to, where a stage sends one", () => {
    const probes = [probe("completion", null), probe("jsonSchema", "an answer that does not fit", false)]
    const found = probeFindings(planOf({ key: "rate", callsPerRow: 1, prefers: ["jsonSchema"] }), probes, "own")
    assert.deepStrictEqual(found.problems, [])
    assert.lengthOf(found.remarks, 1)
    assert.match(found.remarks[0]!, /^jsonSchema does not work at here: .*checked/)
    const unasked = probeFindings(planOf({ key: "ask", callsPerRow: 1 }), probes, "own")
    assert.deepStrictEqual(unasked.remarks, [])
  })

  it("probeFindings holds against a stage what the models do that it asks, and no other", () => {
    const score = { key: "score", callsPerRow: 1, capabilities: ["reward"] }
    const probes = [probe("completion", null), probe("reward", "no reward"), probe("reward", null, false, "big")]
    assert.deepStrictEqual(problemsOf(probes, { ...score, config: { models: [{ name: "rm", model: "big" }] } }), [])
    // One of the two is the provider's own.
    const mixed = { ...score, config: { models: [{ name: "rm", model: "big" }, { name: "other" }] } }
    assert.lengthOf(problemsOf(probes, mixed), 1)
    const typo = [probe("completion", null), probe("completion", "status 404", true, "typo")]
    const rate = { key: "rate", callsPerRow: 1, config: { annotators: [{ name: "ada", model: "typo" }] } }
    assert.deepStrictEqual(problemsOf(typo, rate), [
      'Cannot run stage "rate": completion of model "typo" does not work at here: found status 404'
    ])
    assert.deepStrictEqual(problemsOf(typo, { key: "ask", callsPerRow: 1 }), [])
  })
})
