import { Utf8Text } from "../Utf8Text.ts"
import { JsonScan, markerLength } from "./JsonScan.ts"

/** A text or a number of a line, and the column in which it stands. */
export interface ShapeSlot {
  readonly kind: "text" | "number"
  readonly column: string
}

/** What lines have in common that differ in their texts and numbers alone: the JSON before, between and behind these slots. */
export interface LineShape {
  /** One more than slots. */
  readonly literals: ReadonlyArray<string>
  readonly slots: ReadonlyArray<ShapeSlot>
}

/** A piece of JSON up to the next slot; shapes that begin alike share their nodes. */
interface Node {
  readonly literal: Buffer
  readonly words: DataView
  readonly kind: ShapeSlot["kind"] | "end"
  /** Longer literals first, since one may be the start of another where a text is empty. */
  readonly next: Array<Node>
  readonly shape: LineShape | undefined
}

const maxNodes = 10_000
const maxLearnt = 10_000
const maxNext = 64
const maxLiteral = 1 << 12
const quote = 0x22
const backslash = 0x5c
const opening = 0x7b
/** Keys of messages whose texts are a few words that decide what the message is. */
const wordKeys = new Set(["role", "from", "type"])

/**
 * Tells lines of JSON apart by their shape, and reads the texts and numbers out of them without making a string or an object.
 *
 * Shapes are learnt from lines that a parser took. A text counts when it is not empty, and with `hasMarkers` each turn of a transcript is one. Texts
 * under "role", "from" and "type" of inner objects belong to the shape, as do keys, white space, true, false, null and empty texts. Kept are 10,000
 * pieces of shapes, from 10,000 lines, and 64 ways to go on from each; lines of still others stay with the parser.
 */
export class LineShapes {
  /** What the slots of the line matched last hold, by their number; the others are from lines before. */
  readonly texts: Array<Utf8Text> = []
  readonly numbers: Array<number> = []
  readonly #scan: JsonScan
  readonly #first: Array<Node> = []
  #nNodes = 0
  #nLearnt = 0

  constructor(hasMarkers: boolean) {
    this.#scan = new JsonScan(hasMarkers)
  }

  /** The shape of a line of UTF-8, whose slots are then in `texts` and `numbers`; undefined when it has none that is known. */
  match(bytes: Buffer, start: number, end: number): LineShape | undefined {
    const scan = this.#scan
    scan.begin(bytes, start, end)
    let nodes = this.#first
    for (let i = 0; ; i++) {
      const node = nodeAt(nodes, scan, bytes, end)
      if (node === undefined) return undefined
      if (node.kind === "end") return node.shape
      scan.at += node.literal.length
      if (node.kind === "number") {
        const value = scan.number()
        if (!Number.isFinite(value)) return undefined
        this.numbers[i] = value
      } else {
        const text = this.texts[i]!
        if (!scan.text(text) || !saysSomething(text)) return undefined
      }
      nodes = node.next
    }
  }

  /** Says whether the texts of two slots of the line matched last are the same up to where one of them ends. */
  startAlike(one: number, other: number): boolean {
    return this.#scan.startAlike(this.texts[one]!, this.texts[other]!)
  }

  /** Keeps the shape of a line of UTF-8 that is known to hold an object of JSON. */
  learn(bytes: Buffer, start: number, end: number): void {
    if (this.#nNodes >= maxNodes || this.#nLearnt++ >= maxLearnt) return
    const pieces = piecesOf(this.#scan, bytes, start, end)
    if (pieces === undefined) return
    const slots = pieces.flatMap(({ slot }) => (slot === undefined ? [] : [slot]))
    const literals = pieces.map(({ from, to }) => bytes.toString("utf8", from, to))
    while (this.texts.length < slots.length) this.texts.push(new Utf8Text())
    let nodes = this.#first
    for (const { from, slot, to } of pieces) {
      const literal = Buffer.from(bytes.subarray(from, to))
      let node = nodes.find((other) => other.literal.equals(literal))
      if (node === undefined) {
        if (nodes.length >= maxNext) return
        node = {
          literal,
          words: new DataView(literal.buffer, literal.byteOffset, literal.length),
          kind: slot === undefined ? "end" : slot.kind,
          next: [],
          shape: slot === undefined ? { literals, slots } : undefined
        }
        this.#nNodes++
        nodes.push(node)
        nodes.sort((a, b) => b.literal.length - a.literal.length)
      }
      nodes = node.next
    }
  }
}

const nodeAt = (nodes: ReadonlyArray<Node>, { at, words }: JsonScan, bytes: Buffer, end: number): Node | undefined => {
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i]!
    const { length } = node.literal
    if (node.kind === "end" ? at + length !== end : at + length > end) continue
    let k = 0
    while (k + 4 <= length && words.getInt32(at + k) === node.words.getInt32(k)) k += 4
    while (k < length && bytes[at + k] === node.literal[k]) k++
    if (k === length) return node
  }
  return undefined
}

/** A literal by its place in the line, and the slot behind it. */
interface Piece {
  readonly from: number
  readonly to: number
  readonly slot?: ShapeSlot
}

/** Cuts a line at its texts and numbers; undefined where one of them is for a parser. */
const piecesOf = (scan: JsonScan, bytes: Buffer, start: number, end: number): ReadonlyArray<Piece> | undefined => {
  const pieces: Array<Piece> = []
  /** The key of each object around the place, null for a list. */
  const keys: Array<string | null> = []
  const read = new Utf8Text()
  let isKey = false
  let literalStart = start
  let at = start
  scan.begin(bytes, start, end)
  const cut = (kind: ShapeSlot["kind"], slotStart: number): boolean => {
    if (slotStart - literalStart > maxLiteral) return false
    pieces.push({ from: literalStart, to: slotStart, slot: { kind, column: keys[0]! } })
    literalStart = at = scan.at
    return true
  }
  while (at < end) {
    const byte = bytes[at]!
    if (byte === opening || byte === 0x5b) {
      keys.push(byte === opening ? "" : null)
      isKey = byte === opening
    } else if (byte === 0x7d || byte === 0x5d) {
      keys.pop()
      isKey = false
    } else if (byte === 0x2c) isKey = keys.at(-1) !== null
    else if (byte === 0x3a) isKey = false
    else if (byte === quote && isKey) {
      const after = behindText(bytes, at)
      keys[keys.length - 1] = JSON.parse(bytes.toString("utf8", at, after)) as string
      at = after
      continue
    } else if (byte === quote) {
      const key = keys.at(-1)
      if (keys.length > 1 && typeof key === "string" && wordKeys.has(key)) {
        at = behindText(bytes, at)
        continue
      }
      at++
      while (bytes[at] !== quote) {
        scan.at = at
        if (!scan.text(read)) return undefined
        if (read.end > read.start && (!saysSomething(read) || !cut("text", at))) return undefined
        at = scan.at
        at += markerLength(bytes, at)
      }
    } else if (byte === 0x2d || (byte >= 0x30 && byte <= 0x39)) {
      scan.at = at
      if (!Number.isFinite(scan.number()) || !cut("number", at)) return undefined
      continue
    }
    at++
  }
  if (end - literalStart > maxLiteral) return undefined
  pieces.push({ from: literalStart, to: end })
  return pieces
}

const behindText = (bytes: Buffer, start: number): number => {
  let at = start + 1
  while (bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1
  return at + 1
}

/** Says whether there is a character that is no white space; a doubt counts as no. */
const saysSomething = ({ buffer, end, start }: Utf8Text): boolean => {
  for (let i = start; i < end; i++) {
    const byte = buffer[i]!
    // The first bytes of two, three or four that only letters and signs have.
    if (
      (byte > 0x20 && byte < 0x7f) ||
      (byte >= 0xc3 && byte !== 0xe1 && byte !== 0xe2 && byte !== 0xe3 && byte !== 0xef)
    )
      return true
  }
  return false
}
