/**
 * Text as UTF-8 in a part of a buffer, for writers that take bytes as they are.
 *
 * The bytes have to be valid, and hold until whoever gets the text has taken it; the object may then be used for the next text.
 */
export class Utf8Text {
  buffer: Buffer = empty
  start = 0
  end = 0

  set(buffer: Buffer, start: number, end: number): void {
    this.buffer = buffer
    this.start = start
    this.end = end
  }

  toString(): string {
    return this.buffer.toString("utf8", this.start, this.end)
  }
}

const empty = Buffer.alloc(0)
