import { assert, describe, it } from "@effect/vitest"
import { findVoteColumns } from "../../src/formats/findVoteColumns.ts"
import { FormatFlaw, type Row } from "../../src/formats/Format.ts"
import { voteMessages } from "../../src/formats/voteMessages.ts"
import { isProblem } from "../../src/formats/VoteSides.ts"
import { lookOf } from "../contracts/format.ts"

const user = (content: string) => ({ role: "user", content })
const assistant = (content: string) => ({ role: "assistant", content })
const vote = { response_a: "x", response_b: "y", winner: "a" }

/** What is read, in short; `like` is a row from which the columns are told. */
const read = (row: Row, like: Row = row) => {
  const columns = findVoteColumns(lookOf([like]).columns, {})
  if (isProblem(columns)) return assert.fail(columns.found)
  const found = voteMessages(columns, row)
  if (found instanceof FormatFlaw) return `${found.reason} in ${found.column}`
  return found && Object.fromEntries(Object.entries(found).map(([key, all]) => [key, all?.map(brief) ?? null]))
}

const brief = ({ content, role }: { readonly content: string | null; readonly role: string }) => `${role}: ${content}`

describe("voteMessages", () => {
  it("voteMessages finds nothing in plain texts", () => {
    assert.isUndefined(read({ prompt: "q", ...vote }))
    assert.isUndefined(read({ system: "s", prompt: "q", ...vote }))
  })

  it("voteMessages reads the turns of a prompt, and leaves plain replies to their text", () => {
    const prompt = [{ role: "system", content: "s" }, user("a"), assistant("b"), user("c")]
    const expected = ["system: s", "user: a", "assistant: b", "user: c"]
    assert.deepStrictEqual(read({ prompt, ...vote }), { prompt: expected, first: null, second: null })
  })

  it("voteMessages puts a system text and a plain prompt before replies that are messages", () => {
    const row = { system: "s", prompt: "q", ...vote, response_a: [assistant("x")] }
    const like = { ...row, response_a: "x" }
    const expected = { prompt: ["system: s", "user: q"], first: ["assistant: x"], second: null }
    assert.deepStrictEqual(read(row, like), expected)
  })

  it("voteMessages reads a history of exchanges before the question", () => {
    const row = {
      history: [["h1", "h2"]],
      instruction: "do",
      input: "this",
      chosen: "x",
      rejected: "y"
    }
    assert.deepStrictEqual(read(row), {
      prompt: ["user: h1", "assistant: h2", "user: do\n\nthis"],
      first: null,
      second: null
    })
  })

  it("voteMessages takes the reply at the end of a whole conversation beside a prompt", () => {
    const row = { prompt: "q", chosen: [user("q"), assistant("x")], rejected: [assistant("y")] }
    assert.deepStrictEqual(read(row), { prompt: ["user: q"], first: ["assistant: x"], second: ["assistant: y"] })
  })

  it("voteMessages cuts two whole conversations where they part", () => {
    const conversation = (reply: string) => [user("a"), assistant("b"), user("c"), assistant(reply)]
    const row = { chosen: conversation("x"), rejected: conversation("y") }
    const context = ["user: a", "assistant: b", "user: c"]
    assert.deepStrictEqual(read(row), { prompt: context, first: ["assistant: x"], second: ["assistant: y"] })
    const judged = { conversation_a: row.chosen, conversation_b: [user("a"), assistant("z")], winner: "a" }
    assert.deepStrictEqual(read(judged), {
      prompt: ["user: a"],
      first: ["assistant: b", "user: c", "assistant: x"],
      second: ["assistant: z"]
    })
  })

  it("voteMessages says which message cannot be read", () => {
    const row = { prompt: [user("q")], ...vote }
    assert.strictEqual(read({ ...row, prompt: [{ role: "judge", content: "q" }] }, row), "unknown role in prompt[0]")
  })
})
