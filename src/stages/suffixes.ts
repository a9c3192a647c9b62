import * as Schema from "effect/Schema"
import { sharedPrefix } from "../math/sharedPrefix.ts"
import { reject } from "../Rejects.ts"
import { type Piece, piecesProblem, type Splitter } from "../segments/Splitter.ts"
import { reshape } from "../Stage.ts"

/** Where pairs may be cut, and what becomes of both sides. */
export interface SuffixesOptions {
  /** Cuts at borders of these pieces alone: `splitSteps`, `splitSentences`, `splitTurns`, …. Default: at any character. */
  readonly at?: Splitter
  /** What stays on each side: all behind the cut ("rest", default), or the next piece alone ("next"), which needs `at`. */
  readonly keep?: "rest" | "next"
  /** What stands between the prompt and what is moved behind it. Default an empty line. */
  readonly between?: string
  /** What becomes of a pair that shares nothing: a reject ("reject", default), or it stays as it is ("keep"). */
  readonly unshared?: "reject" | "keep"
}

const texts = { prompt: Schema.String, chosen: Schema.String, rejected: Schema.String }
const gives = { ...texts, sharedPrefix: Schema.Int, sharedPieces: Schema.NullOr(Schema.Int) }

/**
 * Moves what both sides of a pair begin with into the prompt, so that they differ from their first word on.
 *
 * For losses on what comes after the place where two responses part, and with `keep: "next"` for pairs of single steps behind the same
 * steps (Step-DPO), in the columns of TRL's preference format. `sharedPrefix` is how many UTF-16 code units of each side were moved, and
 * `sharedPieces` how many pieces, null without `at`. White space at the cut stays with the sides, because a tokenizer joins it to the word
 * behind. Cutting at any character may cut a token in two; `at` does not. `prompt`, `chosen` and `rejected` change, all else stays,
 * so put it in front of `spanWeights` and of what reads log-probabilities.
 *
 * A pair of which one side has nothing behind the cut is a reject ("shares all"), and one whose first piece differs is one too ("shares
 * nothing") unless `unshared` keeps it, with `sharedPrefix` 0. Throws an Error on `keep: "next"` without `at`; a splitter whose pieces overlap
 * or leave the text stops the run.
 *
 * Source: Lai et al. 2024, https://arxiv.org/abs/2406.18629 (pairs of steps)
 */
export const suffixes = (options: SuffixesOptions = {}) => {
  const { at, between = "\n\n", keep = "rest", unshared = "reject" } = options
  if (keep === "next" && at === undefined) {
    throw new Error(`Cannot cut suffixes: found keep "next" without at, expected a splitter; say where steps begin`)
  }
  return reshape({
    name: "suffixes",
    needs: texts,
    gives,
    keeps: true,
    config: { at: at === undefined ? null : at.name || String(at), between, keep, unshared },
    row: (row) => {
      const { chosen, prompt, rejected } = row
      const { end, nPieces } =
        at === undefined ? { end: sharedPrefix(chosen, rejected), nPieces: null } : sharedBy(at, chosen, rejected)
      const prefix = chosen.slice(0, end).trimEnd()
      if (chosen.slice(end).trim() === "" || rejected.slice(end).trim() === "") {
        return [reject("shares all", `one side ends where the other goes on, at ${end}`)]
      }
      if (prefix === "" && unshared === "reject") return [reject("shares nothing", `they differ from ${end} on`)]
      if (prefix === "" && keep === "rest")
        return [{ prompt, chosen, rejected, sharedPrefix: 0, sharedPieces: nPieces }]
      const restOf = (text: string) =>
        text.slice(prefix.length, keep === "rest" ? undefined : piecesOf(at!, text)[nPieces!]!.end)
      return [
        {
          prompt: prefix === "" ? prompt : `${prompt}${between}${prefix}`,
          chosen: restOf(chosen),
          rejected: restOf(rejected),
          sharedPrefix: prefix.length,
          sharedPieces: nPieces
        }
      ]
    }
  })
}

const piecesOf = (at: Splitter, text: string) => {
  const pieces = at(text)
  const problem = piecesProblem(text, pieces)
  if (problem !== null) throw new Error(`Cannot cut suffixes by ${at.name || "a function"}: ${problem}`)
  return pieces
}

/** How far both texts are the same, in pieces of both, but for the white space at the end of a piece. */
const sharedBy = (at: Splitter, a: string, b: string) => {
  const [ofA, ofB] = [piecesOf(at, a), piecesOf(at, b)]
  const ends = ofA.map((piece) => wordsEnd(a, piece))
  const most = sharedPrefix(a, b)
  let nPieces = 0
  while (
    ofB[nPieces] !== undefined &&
    ofA[nPieces]?.start === ofB[nPieces]!.start &&
    ends[nPieces] === wordsEnd(b, ofB[nPieces]!) &&
    ends[nPieces]! <= most
  ) {
    nPieces++
  }
  return { end: nPieces === 0 ? 0 : ends[nPieces - 1]!, nPieces }
}

const wordsEnd = (text: string, { end, start }: Piece) => start + text.slice(start, end).trimEnd().length
