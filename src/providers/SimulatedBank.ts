import * as fs from "node:fs"
import { hash128 } from "../math/keyedRandom.ts"

/** A prompt the simulated model knows: written answers of stated quality, and sentences that make an answer worse. */
export interface BankEntry {
  readonly prompt: string
  readonly answers: ReadonlyArray<{
    readonly text: string
    readonly quality: number
    readonly flaws: ReadonlyArray<string>
  }>
  readonly errors: ReadonlyArray<{ readonly type: string; readonly text: string }>
}

/** The bank by prompt text, with what is needed to recognise a text made from it. */
export interface Bank {
  readonly find: (prompt: string) => BankEntry | undefined
  /**
   * The planted quality of a text as an answer to a prompt, in [0.01, 0.99].
   *
   * A pure function of the two texts, so it is the same after a resume. For a prompt of the bank: the quality of the written
   * answer that shares most sentences, less 0.28 for each error sentence and 0.04 for each sentence that is missing. For any
   * other prompt: the number the text states about itself (see `placeholder`), else one derived from a hash of the text.
   */
  readonly quality: (prompt: string, text: string) => number
}

/** Cuts a text into sentences; joining them with a space gives the text back, up to the white space between sentences. */
export const sentencesOf = (text: string): ReadonlyArray<string> =>
  text.split(/(?<=[.!?])\s+/).filter((part) => part !== "")

/** What the simulated model says to a prompt it has no answer for; it names itself and states its quality. */
export const placeholder = (quality: number, variant: string): string =>
  `This is a simulated answer, variant ${variant}, of planted quality ${quality.toFixed(2)}. The embedded model only knows the prompts of its own bank. Use a real model for answers to this prompt.`

const stated = /of planted quality (\d\.\d\d)\./

const clamp = (quality: number) => Math.min(0.99, Math.max(0.01, quality))

/** Makes a bank from entries; later entries for the same prompt replace earlier ones. */
export const makeBank = (entries: Iterable<BankEntry>): Bank => {
  const byPrompt = new Map<string, BankEntry>()
  for (const entry of entries) byPrompt.set(entry.prompt, entry)
  return {
    find: (prompt) => byPrompt.get(prompt),
    quality: (prompt, text) => {
      const sentences = sentencesOf(text)
      const entry = byPrompt.get(prompt)
      const nErrors = (entry?.errors ?? []).filter((error) => sentences.includes(error.text)).length
      const match = entry === undefined ? undefined : closest(entry, sentences)
      if (match !== undefined)
        return clamp(match.quality - 0.28 * nErrors - 0.04 * Math.max(0, match.missing - nErrors))
      const own = stated.exec(text)?.[1]
      const nPlaceholderErrors = sentences.filter((sentence) => sentence.startsWith("Simulated error:")).length
      if (own !== undefined) return clamp(Number(own) - 0.28 * nPlaceholderErrors)
      return clamp((hash128(`${prompt}\u001f${text}`)[0] >>> 0) / 4294967296)
    }
  }
}

const closest = (entry: BankEntry, sentences: ReadonlyArray<string>) => {
  let best: { readonly quality: number; readonly missing: number } | undefined
  let mostShared = 0
  for (const answer of entry.answers) {
    const written = sentencesOf(answer.text)
    const nShared = written.filter((sentence) => sentences.includes(sentence)).length
    if (nShared > mostShared) {
      mostShared = nShared
      best = { quality: answer.quality, missing: written.length - nShared }
    }
  }
  return best
}

/** Reads a bank from JSON lines with `prompt`, `answers` and `errors`. */
export const readBank = (file: string | URL): Bank =>
  makeBank(
    fs
      .readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => JSON.parse(line) as BankEntry)
  )
