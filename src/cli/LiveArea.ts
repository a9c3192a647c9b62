/**
 * Lines at the bottom of a terminal that are drawn again and again in place.
 *
 * A frame is one write, in a synchronised update, that overwrites line by line and clears only what is left over, so nothing
 * flickers. Lines must be narrower than the terminal. What is higher than the terminal loses its first lines.
 */
export class LiveArea {
  readonly #stream: Pick<NodeJS.WriteStream, "write" | "rows">
  #lines: ReadonlyArray<string> = []
  #isOpen = false

  constructor(stream: Pick<NodeJS.WriteStream, "write" | "rows">) {
    this.#stream = stream
  }

  /** Hides the cursor, until `close` or the end of the process. */
  open(): void {
    this.#isOpen = true
    process.once("exit", this.#showCursor)
    this.#stream.write("\u001b[?25l")
  }

  draw(lines: ReadonlyArray<string>): void {
    const shown = lines.slice(-Math.max(1, (this.#stream.rows || 24) - 1))
    this.#write(shown.map((line) => `${line}\u001b[K\n`).join(""))
    this.#lines = shown
  }

  /** Writes text that stays, above the lines. */
  writeAbove(text: string): void {
    const whole = text.endsWith("\n") ? text : `${text}\n`
    this.#write(`\u001b[J${whole}${this.#lines.map((line) => `${line}\u001b[K\n`).join("")}`)
  }

  /** Leaves the lines on the screen and shows the cursor again. */
  close(): void {
    process.off("exit", this.#showCursor)
    this.#showCursor()
  }

  #write(frame: string): void {
    const up = this.#lines.length === 0 ? "" : `\u001b[${this.#lines.length}A`
    this.#stream.write(`\u001b[?2026h\r${up}${frame}\u001b[J\u001b[?2026l`)
  }

  readonly #showCursor = (): void => {
    if (this.#isOpen) this.#stream.write("\u001b[?25h")
    this.#isOpen = false
  }
}
