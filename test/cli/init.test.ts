import type { ChildProcess } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { runPrefloom, temporaryFolder } from "./runPrefloom.ts"

const { folder, remove } = temporaryFolder({ "full/notes.txt": "mine", "half/.git/HEAD": "ref: refs/heads/main\n" })
afterAll(remove)

describe("init", () => {
  it("writes a project that checks, describes itself and runs without a key", async () => {
    const made = await runPrefloom(["init", "my data"], { cwd: folder })
    assert.strictEqual(made.stderr, "")
    assert.strictEqual(made.code, 0)
    assert.include(made.stdout, 'cd "my data" && npm install && npx prefloom run pipelines/first.ts')

    const project = path.join(folder, "my data")
    const { name, type } = JSON.parse(fs.readFileSync(path.join(project, "package.json"), "utf8")) as Record<
      string,
      unknown
    >
    assert.deepStrictEqual({ name, type }, { name: "my-data", type: "module" })

    const checked = await runPrefloom(["check", "pipelines/first.ts"], { cwd: project })
    assert.strictEqual(checked.stderr, "")
    assert.strictEqual(checked.code, 0)
    assert.match(checked.stdout, /^Types +no error/m)

    const ran = await runPrefloom(["run", "pipelines/first.ts"], { cwd: project, env: { OPENAI_API_KEY: "" } })
    assert.strictEqual(ran.stderr, "")
    assert.strictEqual(ran.code, 0)
    assert.match(ran.stdout, /^Calls .*\d answered/m)

    const file = path.join("out", "first", "data", "train-00000-of-00001.parquet")
    const inspected = await runPrefloom(["inspect", file], { cwd: project })
    assert.strictEqual(inspected.code, 0)
    assert.match(inspected.stdout, /^Rows +8 /m)
  })

  it("leaves a folder alone that is not empty", async () => {
    const { code, stdout, stderr } = await runPrefloom(["init", "full"], { cwd: folder })
    assert.strictEqual(code, 1)
    assert.strictEqual(stdout, "")
    assert.match(stderr, /Cannot start a project in "full": found notes\.txt, expected an empty folder/)
    assert.deepStrictEqual(fs.readdirSync(path.join(folder, "full")), ["notes.txt"])
  })

  it("says what is wrong with a place that cannot be a folder", async () => {
    for (const dir of ["x".repeat(300), "full/notes.txt/below"]) {
      const { code, stderr } = await runPrefloom(["init", dir], { cwd: folder })
      assert.strictEqual(code, 1)
      assert.match(
        stderr,
        /^Error: Cannot start a project in "[^"]+": .*(NAMETOOLONG|EEXIST|ENOTDIR).*; check the path/
      )
    }
  })

  it.skipIf(process.platform !== "linux")("comes to an end where a system makes no folder", async () => {
    const started = (child: ChildProcess) => setTimeout(() => child.kill("SIGKILL"), 15_000).unref()
    const { code, stderr } = await runPrefloom(["init", "/proc/prefloom/below"], { cwd: folder, started })
    assert.strictEqual(code, 1)
    assert.match(stderr, /^Error: Cannot start a project in "\/proc\/prefloom\/below": .*; check the path/)
  })

  it("takes a folder where nothing but a repository was started", async () => {
    const { code, stdout } = await runPrefloom(["init", "."], { cwd: path.join(folder, "half") })
    assert.strictEqual(code, 0)
    assert.match(stdout, /^ {2}npm install && npx prefloom run/m)
  })
})
