import { type TextFlag, TextChecks } from "../cleaners/TextChecks.ts"
import { MinHash } from "../math/MinHash.ts"
import { TypedList } from "../math/TypedList.ts"
import * as Figure from "../Figure.ts"
import type { Example, Unchecked } from "../Preflight.ts"
import { findingOf, nExamples, type PreflightCheck, Sightings } from "./PreflightCheck.ts"

/** Different prompts that are compared for likeness, 550 bytes each. */
const mostPrompts = 500_000
const similarity = 0.8
/** From so many words on two prompts that differ in one word within them share 0.8 of their runs of three words: 24 of 30. */
const fewestWords = 29
const mostSplits = 31

/**
 * Looks for pairs that repeat or contradict others, and for prompts that stand in more than one split, equal or nearly so.
 *
 * Nearly equal prompts are found by MinHash, 0.8 of their runs of three words shared, among the first 500,000 different ones; those of
 * fewer than 29 words that differ in a word are not, and are counted as not checked. `withSplits` says
 * whether there can be several splits; without, no prompt is compared. Some 30 bytes a row, 50 a different pair and 600 a different prompt.
 */
export const preflightCopies = (withSplits: boolean): PreflightCheck => {
  const texts = new TextChecks()
  /** Of each record whose texts were added, which row it is. */
  const rowOfText = new TypedList(Int32Array)
  const places = new Places()
  const prompts = new MinHash()
  const splitNames = new Map<string, number>()
  /** Per different prompt: a bit for each split, rows, and the first row. */
  const splitsOf = new TypedList(Int32Array)
  const rowsOf = new TypedList(Int32Array)
  const firstOf = new TypedList(Int32Array)
  let nSkipped = 0
  let nShort = 0
  const seePrompt = (text: string, split: string, row: number) => {
    // As `textKey` has it: what is the same but for white space is the same, and said as that.
    const prompt = text.normalize("NFC").replace(/\s+/gu, " ").trim()
    if (prompt === "") return
    if (prompt.split(" ", fewestWords).length < fewestWords) nShort++
    if (prompts.size >= mostPrompts) {
      nSkipped++
      return
    }
    const number = prompts.add(prompt)
    if (number === splitsOf.length) {
      splitsOf.push(0)
      rowsOf.push(0)
      firstOf.push(row)
    }
    let index = splitNames.get(split)
    if (index === undefined) splitNames.set(split, (index = splitNames.size))
    splitsOf.values[number]! |= 1 << Math.min(index, mostSplits - 1)
    rowsOf.values[number]!++
  }
  const sightings = () => {
    const seen: Record<TextFlag, Sightings> = {
      sameTexts: new Sightings(),
      duplicate: new Sightings(),
      contradicts: new Sightings(),
      leaked: new Sightings()
    }
    for (let v = 0; v < rowOfText.length; v++) {
      for (const flag of texts.flagsOf(v)) {
        if (seen[flag].examples.length < nExamples) seen[flag].see(places.example(rowOfText.values[v]!))
        else seen[flag].rows++
      }
    }
    return seen
  }
  return {
    see: ({ example, pair, prompt, split }) => {
      const row = places.add(example.place)
      if (withSplits && split !== null) seePrompt(prompt, split, row)
      if (pair === null && (!withSplits || split === null)) return
      rowOfText.push(row)
      texts.add({
        prompt,
        // Without a verdict replies count as no comparison; these two are not the same.
        ...(pair === null ? { first: "0", second: "1" } : { first: pair.chosen, second: pair.rejected }),
        annotator: null,
        verdict: pair === null ? null : "first",
        split: withSplits ? split : null,
        sidesRecorded: false
      })
    },
    result: (nRows) => {
      const seen = sightings()
      const near = splitNames.size > 1 ? nearAcross(prompts, splitsOf.values, rowsOf.values) : nothing
      const nearRows = {
        rows: near.rows,
        examples: near.prompts.map((number) => places.example(firstOf.values[number]!))
      }
      const splits = [...splitNames.keys()].toSorted().join(", ")
      return {
        findings: [
          ...findingOf(nRows, seen.contradicts, {
            check: "contradiction",
            severity: "silently wrong",
            what: "another row prefers the same two replies to the same prompt the other way round",
            remedy: "decide which is right or leave both out; prefloom audit estimates which"
          }),
          ...findingOf(nRows, seen.duplicate, {
            check: "duplicate",
            severity: "worth knowing",
            what: "an earlier row has the same prompt and the same replies in the same order",
            remedy: "leave repetitions out, unless they are meant as weights"
          }),
          ...findingOf(nRows, seen.leaked, {
            check: "promptInSplits",
            severity: "silently wrong",
            what: `the same prompt stands in more than one split (${splits}), so that a test asks what training has shown`,
            remedy: "split by prompt: the stage split keeps alike prompts on one side"
          }),
          ...findingOf(nRows, nearRows, {
            check: "nearPromptInSplits",
            severity: "silently wrong",
            what: `${Figure.counted(near.groups, "group")} of nearly equal prompts, which share 0.8 of their runs of three words, ${near.groups === 1 ? "stands" : "stand"} in more than one split (${splits})`,
            remedy: "split by prompt: the stage split keeps alike prompts on one side"
          })
        ],
        unchecked: uncheckedOf(splitNames.size, nSkipped, nShort)
      }
    }
  }
}

const uncheckedOf = (nSplits: number, nSkipped: number, nShort: number): ReadonlyArray<Unchecked> => [
  ...(nSplits > 1
    ? []
    : [{ check: "prompts in several splits", why: "one split was given; name the files of all, or their folder" }]),
  ...(nSplits < 2 || nShort === 0
    ? []
    : [
        {
          check: "nearly equal prompts",
          why: `of ${Figure.counted(nShort, "row")} with prompts of fewer than ${fewestWords} words: with one other word they share less than ${similarity} of their runs of three words`
        }
      ]),
  ...(nSkipped === 0
    ? []
    : [
        {
          check: "nearly equal prompts",
          why: `of ${Figure.count(nSkipped)} rows, for want of memory, after ${Figure.count(mostPrompts)} different prompts`
        }
      ])
]

const nothing: ReturnType<typeof nearAcross> = { groups: 0, rows: 0, prompts: [] }

/** Groups of prompts that are alike but not the same and stand in more than one split: how many, their rows, and a prompt of each. */
const nearAcross = (prompts: MinHash, splitsOf: Int32Array, rowsOf: Int32Array) => {
  const group = Int32Array.from({ length: prompts.size }, (_, i) => i)
  const rootOf = (i: number): number => {
    while (group[i] !== i) i = group[i] = group[group[i]!]!
    return i
  }
  prompts.alike(
    similarity,
    (a, b) => rootOf(a) === rootOf(b),
    (a, b) => {
      const [x, y] = [rootOf(a), rootOf(b)]
      group[Math.max(x, y)] = Math.min(x, y)
    }
  )
  const members = new Int32Array(prompts.size)
  const splits = new Int32Array(prompts.size)
  const rows = new Int32Array(prompts.size)
  for (let i = 0; i < prompts.size; i++) {
    const root = rootOf(i)
    members[root]!++
    splits[root]! |= splitsOf[i]!
    rows[root]! += rowsOf[i]!
  }
  let nRows = 0
  let groups = 0
  const shown: Array<number> = []
  for (let i = 0; i < prompts.size; i++) {
    if (members[i]! < 2 || (splits[i]! & (splits[i]! - 1)) === 0) continue
    groups++
    nRows += rows[i]!
    if (shown.length < nExamples) shown.push(i)
  }
  return { groups, rows: nRows, prompts: shown }
}

/** Places of rows as numbers: which file, and which row of it. */
class Places {
  readonly #files = new Map<string, number>()
  readonly #file = new TypedList(Int32Array)
  readonly #number = new TypedList(Int32Array)

  /** Keeps a place such as "train.jsonl:7" and returns its number. */
  add(place: string): number {
    const at = place.lastIndexOf(":")
    const file = place.slice(0, at)
    let index = this.#files.get(file)
    if (index === undefined) this.#files.set(file, (index = this.#files.size))
    this.#file.push(index)
    this.#number.push(Number(place.slice(at + 1)))
    return this.#file.length - 1
  }

  example(row: number): Example {
    const file = [...this.#files.keys()][this.#file.values[row]!]!
    return { id: null, place: `${file}:${this.#number.values[row]!}` }
  }
}
