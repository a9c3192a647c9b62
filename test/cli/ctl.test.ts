import { afterAll, assert, describe, it } from "@effect/vitest"
import { countingPipeline, type Finished, runPrefloom, temporaryFolder } from "./runPrefloom.ts"

const { folder, remove } = temporaryFolder({ "slow.ts": countingPipeline(250), "out/idle/file": "" })
afterAll(remove)

interface State {
  readonly paused: boolean
  readonly limit: number | null
  readonly stopping: string | null
  readonly callsInFlight: number
  readonly models: ReadonlyArray<{ readonly answered: number }>
}

const steer = (...words: ReadonlyArray<string>): Promise<Finished> => runPrefloom(["ctl", ...words], { cwd: folder })

const stateAfter = async (...words: ReadonlyArray<string>): Promise<State> => {
  const { code, stderr, stdout } = await steer("out/slow", ...words, "--json")
  assert.deepStrictEqual({ code, stderr }, { code: 0, stderr: "" })
  return JSON.parse(stdout) as State
}

const answeredIn = ({ models }: State): number => models[0]?.answered ?? 0

/** Looks at the run until it is as wanted; the test's own limit of time ends a vain wait. */
const until = async (isWanted: (finished: Finished) => boolean): Promise<Finished> => {
  for (;;) {
    const finished = await steer("out/slow", "status", "--json")
    if (isWanted(finished)) return finished
  }
}

describe("ctl", () => {
  it("ctl sees, pauses, slows down, resumes and stops a run in another process, and nothing paid for is lost", async () => {
    const line = ["run", "slow.ts", "--json"]
    const running = runPrefloom(line, { cwd: folder })
    await until(({ code, stdout }) => code === 0 && answeredIn(JSON.parse(stdout) as State) > 0)

    assert.isTrue((await stateAfter("pause")).paused)
    const { stdout: paused } = await until(({ stdout }) => (JSON.parse(stdout) as State).callsInFlight === 0)
    await new Promise((resolve) => setTimeout(resolve, 600))
    assert.strictEqual(answeredIn(await stateAfter("status")), answeredIn(JSON.parse(paused) as State))
    const { stdout: shown } = await steer("out/slow", "status")
    assert.match(shown, /^slow in .*\/out\/slow\n[^]*^generate .*\npaused: no new call starts\ncalls: 0 in flight/m)

    assert.strictEqual((await stateAfter("limit", "2")).limit, 2)
    assert.isFalse((await stateAfter("resume")).paused)
    await until(({ stdout }) => (JSON.parse(stdout) as State).callsInFlight > 0)
    for (let i = 0; i < 3; i++) assert.isAtMost((await stateAfter("status")).callsInFlight, 2)
    assert.isNull((await stateAfter("limit", "none")).limit)

    const { code, stdout } = await steer("out/slow", "stop")
    assert.strictEqual(code, 0)
    assert.match(stdout, /^Stopping: \d calls? in flight (is|are) waited for, then the run ends with exit code 3/)
    const ended = await running
    assert.strictEqual(ended.code, 3)
    assert.include(ended.stderr, "Stopped with prefloom ctl")
    assert.strictEqual(ended.stdout, "")

    const gone = await steer("out/slow", "status")
    assert.strictEqual(gone.code, 1)
    assert.include(
      gone.stderr,
      'Cannot reach a run: found no run that is going in "out/slow", expected the output folder of a run'
    )

    const resumed = await runPrefloom(line, { cwd: folder })
    assert.strictEqual(resumed.code, 0)
    const { spend } = JSON.parse(resumed.stdout) as { spend: Record<string, { answered: number; replayed: number }> }
    const { answered, replayed } = spend["scripted"]!
    assert.strictEqual(answered + replayed, 80)
    assert.isAtLeast(replayed, answeredIn(JSON.parse(paused) as State))
  }, 60_000)

  it("ctl replaces what a killed run left", async () => {
    let kill: () => boolean = () => false
    const killed = runPrefloom(["run", "slow.ts", "--fresh"], {
      cwd: folder,
      started: (child) => void (kill = () => child.kill("SIGKILL"))
    })
    await until(({ code }) => code === 0)
    kill()
    await killed
    assert.include((await steer("out/slow", "status")).stderr, "no run that is going")
    const again = runPrefloom(["run", "slow.ts", "--fresh"], { cwd: folder })
    await until(({ code }) => code === 0)
    await steer("out/slow", "stop")
    assert.strictEqual((await again).code, 3)
  }, 60_000)

  it("ctl says where no run is going", async () => {
    const idle = await steer("out/idle", "status")
    assert.strictEqual(idle.code, 1)
    assert.match(idle.stderr, /found no run that is going in "out\/idle", expected .*; name the output folder of a run/)
    assert.match((await steer("nowhere", "stop")).stderr, /found no folder "nowhere", expected/)
  })

  it("ctl refuses words it does not know before it looks for a run", async () => {
    for (const words of [["limit"], ["limit", "0"], ["limit", "1.5"], ["limit", "many"], ["pause", "3"], ["explode"]]) {
      const { code, stderr } = await steer("out/idle", ...words)
      assert.strictEqual(code, 2, words.join(" "))
      assert.notInclude(stderr, "no run that is going")
      if (words[0] === "pause")
        assert.match(stderr, /Cannot pause: found "3" behind it, expected nothing more; leave it out/)
    }
  }, 30_000)
})
