import * as fs from "node:fs"
import * as path from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import type { MissReport } from "../../src/explainMisses.ts"
import type { JournalLine } from "../../src/journalLines.ts"
import type { JournalStats } from "../../src/journalStats.ts"
import { chatRequest, writeJournal } from "../journalFixture.ts"
import { countingPipeline, runPrefloom, temporaryFolder } from "./runPrefloom.ts"

const { folder, remove } = temporaryFolder({
  "empty/README.md": "nothing",
  "paid.ts": countingPipeline(0)
})

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

  it.concurrent("journal explain says what --retry-rejects asked again", async () => {
    const request = (i: number) => chatRequest({ user: user(i) })
    writeJournal(path.join(folder, "retried"), {
      calls: [
        { session: 1, request: request(0) },
        { session: 2, firstSession: 1, request: request(1) }
      ],
      sessions: [{}, {}]
    })
    assert.match(
      (await journal("explain", "retried")).stdout,
      /^1 call was asked, compared with 2 earlier:\n {2}1 because of --retry-rejects: it had brought no usable answer$/m
    )
  })

  it.concurrent("journal stats says which tokens are estimates, and what was spent before --fresh", async () => {
    writeJournal(path.join(folder, "anew"), {
      calls: [{ costUsd: 0.5 }],
      spent: [
        ["", "m", 1, 20, 10, 0.5, 0, 0, 0, 0, 1],
        ["", "quiet", 2, 0, 0, 0, 0, 0, 0, 0, 2]
      ],
      before: [["", "m", 3, 40, 20, 1.25, 0, 0, 0, 0, 0]]
    })
    const { stdout } = await journal("stats", "anew")
    assert.match(stdout, /^ {2}cost {6}~\$0\.5$/m)
    assert.include(
      stdout,
      [
        "  the run, model m: 4 calls, ~90 tokens, ~$1.75",
        "    of this before the last --fresh, which caps leave out: 3 calls, 60 tokens, $1.25",
        "  the run, model quiet: 2 calls, tokens not known, $0"
      ].join("\n")
    )
  })

  it.concurrent("journal explain does not say that a row changed which is new", async () => {
    const request = (row: string) => chatRequest({ user: `Judge how helpful this answer is:\n${row}` })
    writeJournal(path.join(folder, "rows"), {
      calls: [
        { session: 1, request: request("one") },
        { session: 2, request: request("two") }
      ],
      sessions: [{}, {}]
    })
    assert.match(
      (await journal("explain", "rows")).stdout,
      /^ {2}1 with a user message that nobody asked before; beside the earlier one most like it:\n {6}before: .*one$/m
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
    assert.deepStrictEqual(JSON.parse(written.stdout), { file: "new/calls.jsonl", calls: calls.length, unread: 0 })
    assert.strictEqual(fs.readFileSync(path.join(folder, "new/calls.jsonl"), "utf8"), stdout)
    assert.deepStrictEqual(fs.readdirSync(path.join(folder, "new")), ["calls.jsonl"])
    const failures = (await journal("export", "run", "--failures")).stdout.trimEnd().split("\n")
    assert.deepStrictEqual(
      failures.map((line) => (JSON.parse(line) as JournalLine).key),
      ["bad"]
    )
  })

  it.concurrent("journal export writes all that can be read of a damaged journal, and says how much could not be", async () => {
    const file = writeJournal(path.join(folder, "damaged"), { calls: calls.slice(0, 458) })
    const bytes = fs.readFileSync(file)
    const damaged = Math.floor(bytes.indexOf('Question 229"') / 4096) * 4096
    const lost = bytes.toString("latin1", damaged, damaged + 4096).match(/Question \d+"/g)!.length
    fs.writeFileSync(file, bytes.fill(0x5a, damaged, damaged + 4096))
    const { code, stdout, stderr } = await journal("export", "damaged")
    assert.strictEqual(code, 1)
    const requests = stdout
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as JournalLine).request)
    assert.lengthOf(requests, 458 - lost)
    assert.deepStrictEqual(requests.at(-1), calls[457]!.request)
    assert.match(
      stderr,
      new RegExp(
        `^Error: Cannot read all of the journal "damaged.*": found ${lost} calls on damaged pages, expected none; ${458 - lost} calls were written`
      )
    )
    const written = await journal("export", "damaged", "--out", "saved.jsonl", "--json")
    assert.strictEqual(written.code, 1)
    assert.deepStrictEqual(JSON.parse(written.stdout), { file: "saved.jsonl", calls: 458 - lost, unread: lost })
    assert.strictEqual(fs.readFileSync(path.join(folder, "saved.jsonl"), "utf8"), stdout)

    fs.truncateSync(file, bytes.length / 2)
    const short = await journal("export", "damaged", "--out", "short.jsonl")
    assert.match(short.stdout, /^Wrote \d+ calls to short\.jsonl$/m)
    assert.match(short.stderr, /found (about \d+ calls|calls, nobody knows how many,) on damaged pages/)
    const refused = await journal("stats", "damaged")
    assert.match(refused.stderr, /malformed.*save what can be read with prefloom journal export --out FILE/)
  })

  it.concurrent("journal export and import bring a run with a damaged journal to its end for the price of what was lost", async () => {
    const prefloom = (...words: ReadonlyArray<string>) => runPrefloom(words, { cwd: folder })
    const line = ["run", "paid.ts", "--json"]
    assert.strictEqual((await prefloom(...line)).code, 0)
    const file = path.join(folder, "out/paid/.prefloom/journal.sqlite")
    const bytes = fs.readFileSync(file)
    const damaged = Math.floor(bytes.indexOf('"Say 20"') / 4096) * 4096
    const lost = bytes.toString("latin1", damaged, damaged + 4096).match(/"content":"Say \d+"/g)!.length
    fs.writeFileSync(file, bytes.fill(0x5a, damaged, damaged + 4096))
    const stopped = await prefloom(...line)
    assert.strictEqual(stopped.code, 1)
    assert.match(
      stopped.stderr,
      /malformed, .*prefloom journal export --out FILE, move it away.* prefloom journal import/
    )

    const saved = await prefloom("journal", "export", "out/paid", "--out", "paid.jsonl", "--json")
    assert.deepInclude(JSON.parse(saved.stdout), { calls: 80 - lost, unread: lost })
    for (const end of ["", "-wal", "-shm"]) fs.rmSync(file + end, { force: true })
    assert.strictEqual((await prefloom("journal", "import", "out/paid", "paid.jsonl")).code, 0)
    const ended = await prefloom(...line)
    assert.strictEqual(ended.stderr, "printed by the pipeline file\n")
    const { spend } = JSON.parse(ended.stdout) as { readonly spend: Readonly<Record<string, object>> }
    assert.deepInclude(spend["scripted"], { answered: lost, replayed: 80 - lost })
  })

  it.concurrent("journal import gives back what journal export saved, adds nothing twice and refuses what is no call", async () => {
    writeJournal(path.join(folder, "saved"), { calls: calls.slice(0, 600) })
    assert.strictEqual((await journal("export", "saved", "--out", "calls.jsonl")).code, 0)
    const first = await journal("import", "another", "calls.jsonl")
    assert.strictEqual(first.stderr, "")
    assert.match(first.stdout, /^Added 600 calls to another.*journal\.sqlite\n/)
    const saved = await journal("export", "saved")
    assert.strictEqual((await journal("export", "another")).stdout, saved.stdout)
    const stats = (await journal("stats", "another")).stdout
    assert.match(stats, /^Imported, and paid for elsewhere\n {2}model m: 600 calls, 6,000 tokens, \$0\.6/m)
    assert.notInclude(stats, "Spent")
    const again = await journal("import", "another", "calls.jsonl", "--json")
    assert.deepInclude(JSON.parse(again.stdout), { added: 0, known: 600 })

    const [line = "", next = ""] = saved.stdout.split("\n")
    const bad = [line, "", line.replace("Question 0", "Question 9"), "no JSON", line, `\t`, next]
    fs.writeFileSync(path.join(folder, "bad.jsonl"), bad.join("\n"))
    const most = await journal("import", "third", "bad.jsonl")
    assert.strictEqual(most.code, 1)
    assert.match(most.stdout, /^Added 2 calls .*; it held 1 already$/m)
    assert.match(
      most.stderr,
      /^Error: Cannot import all of "bad\.jsonl": found a call whose key is not that of its request in line 3 and 1 more such, exp/
    )
    for (const missing of ["nowhere.jsonl", "."]) {
      assert.match(
        (await journal("import", "fourth", missing)).stderr,
        /^Error: Cannot import ".*": found no file there, expected one that prefloom journal export wrote/
      )
    }
    assert.isFalse(fs.existsSync(path.join(folder, "fourth")))
    const place = (await journal("import", "calls.jsonl/below", "calls.jsonl")).stderr
    assert.match(
      place,
      /^Error: Cannot import into "calls\.jsonl\/below": found EEXIST.*, expected the folder of a run, or/
    )
  })

  it.concurrent("journal import gives back what was under way, and keeps what the journal knows of it", async () => {
    const noted = (name: string, notes: Readonly<Record<string, string>>) =>
      writeJournal(path.join(folder, name), { calls: calls.slice(0, 3), notes })
    noted("waiting", { "batches x": "[1]", "batch t": '["k"]' })
    noted("newer", { "batches x": "[2]" })
    const saved = await journal("export", "waiting", "--out", "waiting.jsonl", "--json")
    assert.deepStrictEqual(JSON.parse(saved.stdout), { file: "waiting.jsonl", calls: 3, unread: 0 })
    assert.lengthOf((await journal("export", "waiting")).stdout.trimEnd().split("\n"), 3)
    assert.match(
      (await journal("import", "newer", "waiting.jsonl")).stdout,
      /^Added 0 calls .*, and 1 note of what was/
    )
    await journal("export", "newer", "--out", "newer.jsonl")
    assert.deepStrictEqual(fs.readFileSync(path.join(folder, "newer.jsonl"), "utf8").split("\n").slice(3), [
      JSON.stringify({ note: "batch t", value: '["k"]' }),
      JSON.stringify({ note: "batches x", value: "[2]" }),
      ""
    ])
  })

  it.concurrent("journal export never writes over the journal, however its path is spelt", async () => {
    const file = writeJournal(path.join(folder, "own"), { calls: calls.slice(0, 3) })
    const bytes = fs.readFileSync(file)
    fs.symlinkSync(file, path.join(folder, "link.jsonl"))
    const spelt = path.join(path.dirname(file), "..", ".prefloom", "journal.sqlite")
    for (const out of [file, `${file}-wal`, spelt, "link.jsonl"]) {
      const { code, stderr } = await journal("export", "own", "--out", out)
      assert.strictEqual(code, 1)
      assert.match(stderr, /^Error: Cannot write calls to ".*": found the journal itself there, expected another file;/)
    }
    assert.deepStrictEqual(fs.readFileSync(file), bytes)
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

  it.concurrent("journal prune removes nothing while another program has the journal open", async () => {
    const file = writeJournal(path.join(folder, "used"), { calls: calls.slice(0, 3), sessions: [{}] })
    const other = new DatabaseSync(file)
    assert.lengthOf(other.prepare("SELECT key FROM calls").all(), 3)
    const refused = await journal("prune", file, "--model", "m")
    assert.strictEqual(refused.code, 1)
    assert.match(
      refused.stderr,
      /^Error: Cannot use the journal ".*": another program that has it open \(the last to open it was "first", at 2023.*; wait until/
    )
    assert.match((await journal("prune", file, "--model", "m", "--dry-run")).stdout, /^Would remove 3 answers/)
    other.close()
    assert.match((await journal("prune", file, "--model", "m")).stdout, /^Removed 3 answers/)
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
      for (const place of ["empty", "x".repeat(300)]) {
        const { code, stdout, stderr } = await journal(...command, place)
        assert.strictEqual(code, 1)
        assert.strictEqual(stdout, "")
        assert.match(
          stderr,
          /^Error: Cannot use the journal "(?:empty|x+).*no such file.*name the folder that was the --out of a run/
        )
      }
    }
  })
})
