import { escapePattern } from "./escapePattern.ts"
import { splitAtPattern } from "./splitAtPattern.ts"
import type { Splitter } from "./Splitter.ts"

/** Words that open a new thought in traces of reasoning models; a list of ours after "Wait" and "Alternatively". */
const usualCues = ["Wait", "Alternatively", "Hmm", "But wait", "Let me", "Actually", "However", "Hold on"]

/**
 * Makes a splitter that begins a new piece, of kind "thought", where a sentence or line begins with one of the cues.
 *
 * Case counts, so that "wait" inside a sentence is none. A cue is a whole word or phrase. Pieces joined give the text again.
 *
 * Source: thinking patterns at linguistic cues, Don't Think Longer, Think Wisely; its list was not found, this one is ours.
 */
export const splitAtCues = (cues: ReadonlyArray<string> = usualCues): Splitter => {
  if (cues.length === 0 || cues.includes("")) {
    throw new Error("Cannot split at cues: found none, or an empty one, expected one word or more")
  }
  const longestFirst = cues.toSorted((a, b) => b.length - a.length).map((cue) => escapePattern(cue))
  return splitAtPattern(
    new RegExp(`(?<=^\\s*|[.!?…]["”')\\]]*\\s+|\\n\\s*)(?:${longestFirst.join("|")})(?![\\p{L}\\p{N}])`, "gu"),
    "thought"
  )
}
