import { execFileSync, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { packageRoot, readOwnPackage } from "../../src/OwnPackage.ts"
import { prefloomPath, runPrefloom, temporaryFolder } from "./runPrefloom.ts"

describe("prefloom", () => {
  it.concurrent("--help lists every command on standard output", async () => {
    const { code, stdout, stderr } = await runPrefloom(["--help"])
    assert.strictEqual(code, 0)
    assert.strictEqual(stderr, "")
    for (const command of ["run", "check", "describe", "inspect", "init"])
      assert.match(stdout, new RegExp(`^  ${command} `, "m"))
    assert.include(stdout, "EXAMPLES")
    assert.notInclude(stdout, "\u001b")
  })

  it.concurrent("--help of a command has its flags and an example", async () => {
    const { code, stdout } = await runPrefloom(["run", "--help"])
    assert.strictEqual(code, 0)
    for (const flag of ["--out DIR", "--seed N", "--limit N", "--fresh", "--json"]) assert.include(stdout, flag)
    assert.include(stdout, "prefloom run pipelines/first.ts")
  })

  it.concurrent("--version is that of the package", async () => {
    const { code, stdout } = await runPrefloom(["--version"])
    assert.strictEqual(code, 0)
    assert.strictEqual(stdout, `prefloom ${readOwnPackage().version}\n`)
  })

  it.concurrent("--completions prints a script for a shell", async () => {
    const { code, stdout } = await runPrefloom(["--completions", "bash"])
    assert.strictEqual(code, 0)
    assert.include(stdout, "describe")
  })

  it.concurrent("answers an unknown command with a suggestion and exit code 2", async () => {
    const { code, stdout, stderr } = await runPrefloom(["insepct", "x"])
    assert.strictEqual(code, 2)
    assert.strictEqual(stdout, "")
    assert.match(stderr, /Unknown subcommand "insepct"[^]*Did you mean this\?\s+inspect/)
  })

  it.concurrent("answers wrong flags with exit code 2 and keeps standard output clean", async () => {
    const lines = [
      ["run"],
      ["run", "x.ts", "--sed", "1"],
      ["run", "x.ts", "--limit", "0"],
      ["run", "x.ts", "--seed", "1.5"],
      ["run", "x.ts", "--fresh", "--retry-rejects"],
      ["journal", "export", "x", "--json"],
      []
    ]
    const answers = await Promise.all(lines.map((line) => runPrefloom(line)))
    answers.forEach(({ code, stdout, stderr }, i) => {
      assert.strictEqual(code, 2, lines[i]!.join(" "))
      assert.strictEqual(stdout, "")
      assert.notStrictEqual(stderr, "")
    })
  })

  it("tells what is wrong on a Node that is too old", async (context) => {
    const old = nodesOnPath().find(({ version }) => version[0]! < 22 || (version[0] === 22 && version[1]! < 19))
    if (old === undefined) context.skip("no Node below 22.19 on the PATH")
    const { code, stdout, stderr } = await runPrefloom(["--help"], { node: old!.file })
    assert.strictEqual(code, 2)
    assert.strictEqual(stdout, "")
    assert.include(stderr, `found Node ${old!.version.join(".")}`)
    assert.include(stderr, "expected 22.19 or newer")
    assert.include(stderr, "npm ci")
    const { folder, remove } = temporaryFolder({})
    const own = path.join(folder, "node_modules", "prefloom", "src", "cli", "prefloom.js")
    fs.cpSync(prefloomPath, own)
    const installed = spawnSync(old!.file, [own, "--help"], { encoding: "utf8" })
    remove()
    assert.deepStrictEqual([installed.status, installed.stdout], [2, ""])
    assert.include(installed.stderr, 'run "npm install --save-dev node@24" in your project')
  })

  it.skipIf(process.platform === "win32")(
    "starts from the package that npm makes, and its projects name that package",
    { timeout: 180_000 },
    () => {
      const { folder, remove } = temporaryFolder({
        "project/package.json": '{"devDependencies":{"prefloom":"file:../clone/made.tgz"}}'
      })
      try {
        const [clone, project] = [path.join(folder, "clone"), path.join(folder, "project")]
        const modules = path.join(packageRoot, "node_modules")
        for (const name of ["package.json", "tsconfig.json", "tsconfig.build.json", "src", "schemas", "data"]) {
          fs.cpSync(path.join(packageRoot, name), path.join(clone, name), { recursive: true })
        }
        fs.symlinkSync(modules, path.join(clone, "node_modules"))
        execFileSync("npm", ["pack", "--silent"], { cwd: clone, stdio: "pipe" })
        const made = path.join(clone, "made.tgz")
        fs.renameSync(path.join(clone, `prefloom-${readOwnPackage().version}.tgz`), made)
        fs.mkdirSync(path.join(project, "node_modules"))
        execFileSync("tar", ["-xzf", made], { cwd: path.join(project, "node_modules") })
        for (const name of fs.readdirSync(modules).filter((one) => one !== "prefloom")) {
          fs.symlinkSync(path.join(modules, name), path.join(project, "node_modules", name))
        }
        fs.renameSync(path.join(project, "node_modules", "package"), path.join(project, "node_modules", "prefloom"))
        const command = path.join(project, "node_modules", "prefloom", "src", "cli", "prefloom.js")
        const madeIn = (name: string): string => {
          const { status, stderr } = spawnSync(process.execPath, [command, "init", name], {
            cwd: folder,
            encoding: "utf8"
          })
          assert.deepStrictEqual([status, stderr], [0, ""])
          return JSON.parse(fs.readFileSync(path.join(folder, name, "package.json"), "utf8")).dependencies.prefloom
        }
        assert.strictEqual(madeIn("first"), `file:${made}`)
        fs.rmSync(made)
        assert.strictEqual(madeIn("second"), `file:${path.join(project, "node_modules", "prefloom")}`)
        fs.writeFileSync(path.join(project, "package.json"), '{"dependencies":{"prefloom":"^0.1.0"}}')
        assert.strictEqual(madeIn("third"), readOwnPackage().version)
      } finally {
        remove()
      }
    }
  )
})

/** The Nodes of the machine itself, not those of packages. */
const nodesOnPath = () =>
  (process.env["PATH"] ?? "")
    .split(path.delimiter)
    .filter((folder) => !folder.includes("node_modules"))
    .map((folder) => path.join(folder, process.platform === "win32" ? "node.exe" : "node"))
    .filter((file) => fs.existsSync(file))
    .map((file) => ({
      file,
      version: execFileSync(file, ["-p", "process.versions.node"], { encoding: "utf8" }).trim().split(".").map(Number)
    }))
