import { assert, describe, it } from "@effect/vitest"
import { LiveArea } from "../../src/cli/LiveArea.ts"

/** A terminal that understands the few sequences a live area may send, and fails on any other. */
class Screen {
  rows: number
  lines: Array<string> = [""]
  row = 0
  column = 0
  cursorShown = true
  frames = 0
  constructor(rows: number) {
    this.rows = rows
  }
  readonly write = (text: string): boolean => {
    this.frames++
    // oxlint-disable-next-line no-control-regex
    for (const [token] of text.matchAll(/\u001b\[\??\d*[A-Za-z]|\r|\n|[^\u001b\r\n]+/g)) this.#take(token)
    return true
  }
  #take(token: string): void {
    if (token === "\r") this.column = 0
    else if (token === "\n") {
      this.row++
      this.column = 0
      this.lines[this.row] ??= ""
    } else if (token === "\u001b[K") this.lines[this.row] = this.lines[this.row]!.slice(0, this.column)
    else if (token === "\u001b[J") {
      this.lines = this.lines.slice(0, this.row + 1)
      this.lines[this.row] = this.lines[this.row]!.slice(0, this.column)
    } else if (token.endsWith("A") && token.startsWith("\u001b[")) this.row -= Number(token.slice(2, -1))
    else if (token === "\u001b[?25l") this.cursorShown = false
    else if (token === "\u001b[?25h") this.cursorShown = true
    else if (token.startsWith("\u001b")) assert.oneOf(token, ["\u001b[?2026h", "\u001b[?2026l"])
    else {
      const line = this.lines[this.row]!
      this.lines[this.row] =
        line.slice(0, this.column).padEnd(this.column) + token + line.slice(this.column + token.length)
      this.column += token.length
    }
    assert.isAtLeast(this.row, 0)
  }
}

const opened = (rows = 24) => {
  const screen = new Screen(rows)
  screen.write("$ prefloom run\n")
  const area = new LiveArea(screen)
  area.open()
  return { screen, area }
}

describe("LiveArea", () => {
  it("redraws in place, also with fewer and shorter lines", () => {
    const { screen, area } = opened()
    area.draw(["generate 1", "judge 1", "calls"])
    area.draw(["generate 22", "j", "calls"])
    assert.deepStrictEqual(screen.lines, ["$ prefloom run", "generate 22", "j", "calls", ""])
    area.draw(["only"])
    assert.deepStrictEqual(screen.lines, ["$ prefloom run", "only", ""])
    area.close()
  })

  it("writes a frame at once", () => {
    const { screen, area } = opened()
    const before = screen.frames
    area.draw(["a", "b", "c"])
    assert.strictEqual(screen.frames, before + 1)
    area.close()
  })

  it("puts log lines above and keeps them", () => {
    const { screen, area } = opened()
    area.draw(["generate 1", "calls"])
    area.writeAbove("a warning\nof two lines\n")
    area.draw(["generate 2", "calls"])
    area.writeAbove("another")
    assert.deepStrictEqual(screen.lines, [
      "$ prefloom run",
      "a warning",
      "of two lines",
      "another",
      "generate 2",
      "calls",
      ""
    ])
    area.close()
  })

  it("shows no more lines than the terminal has", () => {
    const { screen, area } = opened(4)
    area.draw(["1", "2", "3", "4", "5", "calls"])
    assert.deepStrictEqual(screen.lines, ["$ prefloom run", "4", "5", "calls", ""])
    area.close()
  })

  it("hides the cursor and gives it back", () => {
    const { screen, area } = opened()
    assert.isFalse(screen.cursorShown)
    area.close()
    assert.isTrue(screen.cursorShown)
    assert.strictEqual(process.listeners("exit").filter((listener) => listener.name.includes("howCursor")).length, 0)
  })
})
