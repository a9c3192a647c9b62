import type { HubOptions, HubState } from "../hub/HubClient.ts"
import type { PushFile } from "../hub/PushFile.ts"
import type { PushOutcome } from "../hub/pushFolder.ts"
import type { PushPlan } from "../hub/pushPlan.ts"
import * as Figure from "../Figure.ts"
import { plainLine } from "../report/plainLine.ts"

/** What the folder says of itself that somebody who pushes it should know. */
export interface PushedFacts {
  readonly simulated: boolean
  /** Whether its card has the word; one that somebody wrote may not. */
  readonly cardSaysSimulated: boolean
  /** Whether its card states a licence. */
  readonly isLicensed: boolean
}

/** A push that has not been made. */
export interface DryRun extends PushedFacts, Pick<HubOptions, "token" | "tokenVariable"> {
  readonly page: string
  readonly plan: PushPlan
  /** What is there, or what kept it from being seen. */
  readonly state: HubState | { readonly kind: "notReached"; readonly trouble: string }
}

const width = 200

/** Says in plain text what a push came to. */
export const renderPush = (
  outcome: PushOutcome & PushedFacts & { readonly page: string; readonly revision: string }
): string => {
  const { commit, created, ignored, page, removed, revision, sent, stored, there } = outcome
  const nothing = sent.length === 0 && removed.length === 0
  return lines([
    ...notesOn(outcome),
    `${created ? "Made   " : "Data   "}  ${page}${revision === "main" ? "" : `, branch ${revision}`}`,
    nothing ? "Sent     nothing: everything is there" : `Sent     ${filesOf(sent)}`,
    ...(stored.length === 0 ? [] : [`         of these ${filesOf(stored)} were in the storage already`]),
    ...(there.length === 0 ? [] : [`There    ${filesOf(there)}`]),
    ...removed.map((path) => `Removed  ${pathLine(path)}`),
    ...ignored.map((path) => `Ignored  ${pathLine(path)}, by the .gitignore of the repository`),
    `Commit   ${pathLine(commit)}`
  ])
}

/** Lists what a push would send, with sizes. */
export const renderDryRun = ({ page, plan, state, token, tokenVariable, ...facts }: DryRun): string => {
  const { remove, send, there } = plan
  return lines([
    ...notesOn(facts),
    `Data     ${page}, ${whereOf(state, token, tokenVariable)}`,
    ...send.map((file) => `Send     ${Figure.bytes(file.bytes).padStart(9)}  ${pathLine(file.path)}`),
    ...there.map((file) => `There    ${Figure.bytes(file.bytes).padStart(9)}  ${pathLine(file.path)}`),
    ...remove.map((path) => `Remove   ${"".padStart(9)}  ${pathLine(path)}`),
    `Would send ${filesOf(send)}${send.length === 0 && remove.length === 0 ? ": everything is there" : ""}`
  ])
}

const notesOn = ({ cardSaysSimulated, isLicensed, simulated }: PushedFacts): ReadonlyArray<string> => [
  ...(simulated
    ? [
        `Note     these data are SIMULATED; the card ${cardSaysSimulated ? "says so" : "does not say so: write it there"}`
      ]
    : []),
  ...(isLicensed
    ? []
    : [
        "Note     the card states no licence that the hub knows: say it with dataset({ card: { licence } }), or as license: in README.md"
      ])
]

const whereOf = (state: DryRun["state"], token: string | null, tokenVariable: string): string => {
  if (state.kind === "notReached") {
    return `which cannot be reached: ${plainLine(state.trouble, width)}; what is there already would not be sent`
  }
  if (state.kind === "commit") return state.isPrivate ? "private" : "public"
  if (state.kind === "noRevision") return "the branch would be made"
  return token === null ? `not seen without a token in ${tokenVariable}` : "would be made"
}

const filesOf = (files: ReadonlyArray<PushFile>): string =>
  `${Figure.counted(files.length, "file")}, ${Figure.bytes(files.reduce((sum, { bytes }) => sum + bytes, 0))}`

const lines = (texts: ReadonlyArray<string>): string => texts.map((text) => text.trimEnd()).join("\n")

/** A path is a name from a file. */
const pathLine = (path: string): string => plainLine(path, width)
