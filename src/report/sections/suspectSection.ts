import type { Suspect } from "../../Findings.ts"
import type { Manifest } from "../../Manifest.ts"
import { wordDiff } from "../../math/wordDiff.ts"
import { collapsible } from "../collapsible.ts"
import * as Figure from "../../Figure.ts"
import { Html, html } from "../Html.ts"
import { findingsOf, type Section } from "../Section.ts"

/** Shows the labels and pairs whose order is more probably wrong than right, with their texts and what differs between them. */
export const suspectSection = (manifest: Manifest): Section | null => {
  const lists = [
    ...findingsOf(manifest, "noise").map(({ finding, stage }) => ({
      title: `Labels, by stage ${stage}`,
      articles: sameTexts(finding.suspects).map((group, i) => article(group, i, labelOrigin(group)))
    })),
    ...findingsOf(manifest, "pairs").map(({ finding, stage }) => ({
      title: `Pairs, by stage ${stage}`,
      articles: sameTexts(finding.suspects).map((group, i) => article(group, i, pairOrigin(group)))
    }))
  ].filter((list) => list.articles.length > 0)
  if (lists.length === 0) return null
  return {
    id: "suspects",
    title: "Most suspect",
    body: html`<p>
        The recorded order of these is more probably wrong than right. Read a few: they show faster than any number
        whether the labels, the scorer or the question is at fault. Where two texts are versions of each other, what
        only one of them says is <mark>marked</mark>.
      </p>
      ${lists.map(
        ({ articles, title }) =>
          html`<h3>${title}</h3>
            ${articles.slice(0, shown)}${
              articles.length > shown
                ? html`<details class="more">
                    <summary>${Figure.count(articles.length - shown)} more</summary>
                    ${articles.slice(shown)}
                  </details>`
                : Html.empty
            }`
      )}`
  }
}

const shown = 4

/** Suspects about the same texts in the same order, never none; the most suspect first. */
type Group = readonly [Suspect, ...ReadonlyArray<Suspect>]

const sameTexts = (suspects: ReadonlyArray<Suspect>): ReadonlyArray<Group> => {
  const groups = new Map<string, [Suspect, ...Array<Suspect>]>()
  for (const suspect of suspects) {
    if (suspect.labelProb >= 0.5) continue
    const key = JSON.stringify([suspect.prompt, suspect.chosen, suspect.rejected])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [suspect])
    else group.push(suspect)
  }
  return [...groups.values()]
}

const labelOrigin = (group: Group): Html => {
  const counts = new Map<string, number>()
  for (const { annotator } of group) {
    if (annotator !== "") counts.set(annotator, (counts.get(annotator) ?? 0) + 1)
  }
  const who = Array.from(
    counts,
    ([annotator, n], i) => html`${i === 0 ? "" : ", "}<bdi>${annotator}</bdi>${n === 1 ? "" : ` (${n} labels)`}`
  )
  return html`${who.length === 0 ? Html.empty : html`Labelled by ${who}. `}${evidenceOf(group[0])}`
}

const evidenceOf = ({ pModel, votes }: Suspect): string => {
  const nVotes = votes === undefined ? 0 : votes.agreeing + votes.opposed
  const said = nVotes < 2 ? "" : `Of ${nVotes} labels on these texts ${votes!.opposed} say the opposite. `
  if (pModel === 0.5) return said
  if (pModel === 0 || pModel === 1) return `${said}The known answer is ${pModel === 1 ? "this order" : "the opposite"}.`
  return `${said}By the scorer alone ${Figure.share(pModel)}.`
}

/** A suspect pair names its rule in place of an annotator. */
const pairOrigin = ([{ annotator }]: Group): Html =>
  annotator === "" ? Html.empty : html`Made by <bdi>${annotator}</bdi>.`

const article = ([suspect]: Group, i: number, origin: Html): Html => {
  const { chosen, labelProb, plantedCorrect, prompt, rejected } = suspect
  const [better, worse] = marked(chosen, rejected)
  return html`<article>
    <h4>
      ${i + 1}. Probability that the order is right ${Figure.share(labelProb)}. ${origin}
      ${plantedCorrect === null ? "" : `In the planted truth it is ${plantedCorrect ? "right" : "wrong"}.`}
    </h4>
    <div class="prompt">${collapsible([{ text: prompt, marked: false }])}</div>
    <div class="versus">
      <div>
        <h4>Recorded as better</h4>
        ${better}
      </div>
      <div>
        <h4>Recorded as worse</h4>
        ${worse}
      </div>
    </div>
  </article> `
}

/** Both texts; what only one of them says is marked when half of the longer one is in both, white space aside. */
const marked = (chosen: string, rejected: string): readonly [Html, Html] => {
  const segments = wordDiff(chosen, rejected)
  const nShared = segments.reduce((sum, { kind, text }) => sum + (kind === "same" ? inkOf(text) : 0), 0)
  const isAlike = 2 * nShared >= Math.max(inkOf(chosen), inkOf(rejected))
  const side = (whole: string, only: "removed" | "added") => {
    if (!isAlike) return collapsible([{ text: whole, marked: false }])
    const mine = segments.filter(({ kind }) => kind === "same" || kind === only)
    const isMarked = (i: number) => mine[i]?.kind === only
    return collapsible(
      // A space between two marked words is marked with them.
      mine.map(({ text }, i) => ({ text, marked: isMarked(i) || (text === " " && isMarked(i - 1) && isMarked(i + 1)) }))
    )
  }
  return [side(chosen, "removed"), side(rejected, "added")]
}

const inkOf = (text: string): number => text.replace(/\s+/g, "").length
