import { execFileSync, spawnSync } from "node:child_process"
import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { prefloomPath } from "../cli/runPrefloom.ts"
import { convertFolders } from "./convertFolders.ts"
import { exportCorners } from "./exportCorners.ts"

/** Exports data, and has the readers and trainers of the Python world check them; see CONTRIBUTING.md. */

const root = path.resolve(import.meta.dirname, "../..")
const out = path.join(root, "out/interop")
const requirements = path.join(import.meta.dirname, "requirements.txt")
const isWindows = process.platform === "win32"

/** Ends with 3: what is needed to check is not there, which says nothing about the exports. */
const refuse = (problem: string, remedy: string): never => {
  process.stderr.write(`Cannot check interop: ${problem}; ${remedy}\n`)
  process.exit(3)
}

const pythonOf = (venv: string) => path.join(venv, isWindows ? "Scripts/python.exe" : "bin/python")

const probe = "import ensurepip, sys, venv; assert sys.version_info >= (3, 11), sys.version; print(sys.version)"

/** The Python environment for these requirements: made once, and again when they or Python change. */
const environment = (): string => {
  const found = [process.env["PYTHON"], "python3", "python"].find(
    (name) => name !== undefined && spawnSync(name, ["-c", probe]).status === 0
  )
  if (found === undefined) {
    return refuse("found no Python 3.11 or newer with venv", "install one, or name it in the variable PYTHON")
  }
  const version = execFileSync(found, ["-c", probe], { encoding: "utf8" })
  const key = crypto.createHash("sha256").update(version).update(fs.readFileSync(requirements)).digest("hex")
  const venv = path.join(out, "python")
  const stamp = path.join(venv, "requirements.sha256")
  const python = pythonOf(venv)
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, "utf8") === key) return python
  process.stderr.write("Installing the readers …\n")
  fs.rmSync(venv, { recursive: true, force: true })
  run(found, ["-m", "venv", venv])
  const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r", requirements]
  if (spawnSync(python, install, { stdio: ["ignore", "ignore", "inherit"] }).status !== 0) {
    return refuse("pip could not install test/interop/requirements.txt", "see above, and run it again with a network")
  }
  fs.writeFileSync(stamp, key)
  return python
}

const run = (command: string, args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}): void => {
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, ...env }
  })
  if (status !== 0) process.exit(status ?? 1)
}

const python = environment()
const data = path.join(out, "data")
fs.rmSync(data, { recursive: true, force: true })
process.stderr.write("Writing the files …\n")
const { nFiles, nRefused } = await exportCorners(data)
process.stderr.write(`${nFiles} files; ${nRefused} combinations of data and format are refused, as they should be\n`)
await convertFolders(data)

const dataSet = (plan: string, name: string, env: Readonly<Record<string, string>> = {}) =>
  run(process.execPath, [prefloomPath, "run", plan, "--out", path.join(data, name), "--json"], env)

dataSet("pipelines/quickstart.ts", "quickstart")
for (const format of ["arrow", "jsonl.zst"]) {
  dataSet("test/interop/cornerPlan.ts", `card-${format}`, { PREFLOOM_INTEROP_FORMAT: format })
}
run(
  python,
  [
    "-W",
    "ignore::DeprecationWarning",
    "-m",
    "unittest",
    "discover",
    "-v",
    "-s",
    "test/interop/python",
    "-p",
    "check*.py"
  ],
  {
    PREFLOOM_INTEROP_DATA: data,
    PYTHONDONTWRITEBYTECODE: "1",
    HF_HOME: path.join(out, "cache"),
    HF_HUB_OFFLINE: "1",
    HF_DATASETS_OFFLINE: "1",
    TRANSFORMERS_OFFLINE: "1",
    HF_HUB_DISABLE_TELEMETRY: "1",
    HF_DATASETS_DISABLE_PROGRESS_BARS: "1",
    DO_NOT_TRACK: "1",
    // The checks of changed files fail on purpose, and the loader would log each.
    DATASETS_VERBOSITY: "critical",
    TRANSFORMERS_VERBOSITY: "error"
  }
)
