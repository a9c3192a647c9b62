import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import type { MissReport } from "../../src/explainMisses.ts"
import type { JournalLine } from "../../src/journalLines.ts"
import type { JournalStats } from "../../src/journalStats.ts"
import { chatRequest, writeJournal } from "../journalFixture.ts"
import { runPrefloom, temporaryFolder } from "./runPrefloom.ts"

const { folder, remove } = temporaryFolder({ "empty/README.md": "nothing" })

const user = (i: number) => `Question ${i}`

const calls = [
  ...Array.from({ length: 3000 }, (_, i) => ({
    session: 1,
    request: chatRequest({ user: user(i) }),
    answer: { text: "a".repeat(500) },
    promptTokens: 10,
    costUsd: i < 1000 ? 0.001 : null
  })),
  ...Array.from({ length: 1280 }, (_, i) => ({
    session: 2,
    request: chatRequest({ user: user(i), system: "Be\u001b[31m red." }),
    answeredAt: 1_800_000_000_000
  })),
  { session: 2, key: "bad", request: chatRequest({ user: "Bad?" }), failure: { reason: "unusable" } }
]

beforeAll(() => {
  writeJournal(path.join(folder, "run"), {
    calls,
    sessions: [{}, {}, {}],
    spent: [["r", "m", 1, 2, 3, 0.5, 0, 1, 9, 0.1]]
  })
  writeJournal(path.join(folder, "pruned"), { calls, sessions: [{}] })
})
afterAll(remove)

const journal = (...args: ReadonlyArray<string>) => runPrefloom(["journal", ...args], { cwd: folder })

describe("journal", () => {
  it.concurrent("journal stats counts, and shows no cost where none is known", async () => {
    const { code, stdout, stderr } = await journal("stats", "run")
    assert.strictEqual(stderr, "")
    assert.strictEqual(code, 0)
    assert.match(stdout, /^Answers {3}4,280$/m)
    assert.match(stdout, /^Failures {2}1: unusable 1$/m)
    assert.match(stdout, /^ {2}cost {6}\$1\.00; 3,280 of 4,280 answers have no price$/m)
    assert.match(stdout, /lost: 1 call sent without an answer, at most 9 tokens and \$0\.1$/m)
    const stats = JSON.parse((await journal("stats", "run/.prefloom/journal.sqlite", "--json")).stdout) as JournalStats
    assert.strictEqual(stats.answers, 4280)
  })

  it.concurrent("journal explain names the field, with an example that no terminal acts on", async () => {
    const { code, stdout } = await journal("explain", "run", "--session", "2")
    assert.strictEqual(code, 0)
    assert.match(stdout, /^1,281 calls were asked, compared with 3,000 earlier:$/m)
    assert.match(
      stdout,
      /^ {2}1,280 because the system prompt changed\n {6}before: Be brief\.\n {6}after: {2}Be\\x1b\[31m red\.$/m
    )
    assert.match(stdout, /^ {2}1 with a new prompt/m)
    const report = JSON.parse((await journal("explain", "run", "--session", "2", "--json")).stdout) as MissReport
    assert.deepStrictEqual(
      report.reasons.map(({ calls: n }) => n),
      [1280, 1]
    )
  })

  it.concurrent("journal explain says that every call was answered from the journal", async () => {
    assert.match(
      (await journal("explain", "run")).stdout,
      /^Session 3 [^\n]*\nEvery call was answered from the journal\n$/
    )
  })

  it.concurrent("journal export writes the same lines to standard output and to a file that is whole", async () => {
    const { code, stdout } = await journal("export", "run")
    assert.strictEqual(code, 0)
    const lines = stdout.trimEnd().split("\n")
    assert.lengthOf(lines, calls.length)
    assert.deepStrictEqual(
      lines.map((line) => (JSON.parse(line) as JournalLine).request),
      calls.map(({ request }) => request)
    )
    const written = await journal("export", "run", "--out", "new/calls.jsonl", "--json")
    assert.deepStrictEqual(JSON.parse(written.stdout), { file: "new/calls.jsonl", calls: calls.length })
    assert.strictEqual(fs.readFileSync(path.join(folder, "new/calls.jsonl"), "utf8"), stdout)
    assert.deepStrictEqual(fs.readdirSync(path.join(folder, "new")), ["calls.jsonl"])
    const failures = (await journal("export", "run", "--failures")).stdout.trimEnd().split("\n")
    assert.deepStrictEqual(
      failures.map((line) => (JSON.parse(line) as JournalLine).key),
      ["bad"]
    )
  })

  it.concurrent("journal export ends in peace when its reader has seen enough", async () => {
    const { code, stderr } = await runPrefloom(["journal", "export", "run"], {
      cwd: folder,
      started: (child) => child.stdout!.once("data", () => child.stdout!.destroy())
    })
    assert.strictEqual(stderr, "")
    assert.strictEqual(code, 0)
  })

  it("journal prune says what would go, removes it, and says what that means", async () => {
    const dry = await journal("prune", "pruned", "--before", "2024-01-01", "--dry-run")
    assert.match(dry.stdout, /^Would remove 3,000 answers and 1 failure, [\d.]+ MB of text\n/)
    const done = await journal("prune", "pruned", "--before", "2024-01-01")
    assert.strictEqual(done.code, 0)
    assert.match(
      done.stdout,
      /^Removed 3,000 answers and 1 failure, [\d.]+ MB\nThey would have to be asked, and paid, again/
    )
    const again = await journal("prune", "pruned", "--before", "2024-01-01", "--json")
    assert.deepInclude(JSON.parse(again.stdout), { answers: 0, failures: 0 })
    const stats = JSON.parse((await journal("stats", "pruned", "--json")).stdout) as JournalStats
    assert.strictEqual(stats.answers, 1280)
  })

  it.concurrent("journal prune wants a condition that makes sense", async () => {
    for (const args of [
      [],
      ["--dry-run"],
      ["--before", "2024-02-31"],
      ["--before", "yesterday"],
      ["--before", "2024"]
    ]) {
      const { code, stdout, stderr } = await journal("prune", "run", ...args)
      assert.strictEqual(code, 2, args.join(" "))
      assert.strictEqual(stdout, "")
      assert.notStrictEqual(stderr, "")
    }
  })

  it.concurrent("journal ends with 1 and a remedy where there is no journal", async () => {
    for (const command of [["stats"], ["explain"], ["export"], ["prune", "--failures"]]) {
      const { code, stdout, stderr } = await journal(...command, "empty")
      assert.strictEqual(code, 1)
      assert.strictEqual(stdout, "")
      assert.match(
        stderr,
        /^Error: Cannot use the journal "empty.*no such file.*name the folder that was the --out of a run/
      )
    }
  })
})
