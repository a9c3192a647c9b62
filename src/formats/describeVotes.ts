import { type OpinionList, pathText, type ValuePath, type VoteColumns } from "./VoteColumns.ts"

type Undescribed = Omit<VoteColumns, "format" | "said">

/** Names the format of votes and says which columns were taken as what; `isNamed` when a person named some of them. */
export const describeVotes = (
  found: Undescribed,
  has: (name: string) => boolean,
  isNamed: boolean
): Pick<VoteColumns, "format" | "said"> => ({ format: formatName(found, has, isNamed), said: sentence(found) })

const formatName = (found: Undescribed, has: (name: string) => boolean, isNamed: boolean): string => {
  if (found.hints.source !== undefined) return `${found.hints.source} votes`
  const { sides, labels: votes, promptFrom } = found
  if (isNamed) return "columns as named"
  if (sides === null || !found.hasTexts) return "long votes, one row per vote"
  const first = pathText(sides.first)
  if (first === "preferred_output") return "OpenAI preference"
  if (first === "chosen_messages") return "LLaMA-Factory v1 ranking"
  if (votes.length > 1) return "wide votes, one column per annotator"
  if (votes.length === 1 && found.opinions?.otherwise !== "chosen") {
    if (has("output_1") && has("input") && has("label")) return "LLMBar pairs"
    return found.annotator.length > 0 ? "long votes, one row per vote" : "labelled pairs"
  }
  if (has("conversations")) return "LLaMA-Factory sharegpt ranking"
  if (has("instruction")) return "LLaMA-Factory alpaca ranking"
  if (has("score_chosen") && has("messages")) return "UltraFeedback binarized"
  const prompt = promptFrom === "columns" ? "explicit prompt" : "implicit prompt"
  return promptFrom === "transcripts?" ? "chosen and rejected texts" : `TRL preference, ${prompt}`
}

/** What counts where a list is empty. */
const insteadOf = ({ otherwise }: OpinionList): string =>
  otherwise === null
    ? ""
    : otherwise === "chosen"
      ? "; without one the first is better"
      : `; without one ${quoted([otherwise])} counts`

const quoted = (paths: ReadonlyArray<ValuePath>): string => {
  const names = paths.map((path) => `"${pathText(path)}"`)
  return names.length < 3 ? names.join(" and ") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)!}`
}

const sentence = (found: Undescribed): string => {
  const {
    annotator,
    family,
    labels: votes,
    models,
    opinions,
    pair,
    prompt,
    promptFrom,
    scoreFirst,
    scoreSecond,
    sides,
    split,
    truth,
    unused
  } = found
  const prompts: Readonly<Record<VoteColumns["promptFrom"], string>> = {
    columns: `the prompt is ${quoted(prompt)}`,
    turns: "the prompt is what comes before the last turn of the assistant",
    transcripts: "the prompt is what comes before the last Assistant marker",
    "transcripts?": "the prompt is part of the texts",
    "user turns": "the prompt is what the user says in both conversations",
    nowhere: "there is no prompt"
  }
  const parts = [
    prompts[promptFrom],
    sides === null
      ? "there are no texts"
      : `${found.hasTexts ? "texts" : "names without texts"} are ${quoted([sides.first, sides.second])}`,
    votes.length === 0
      ? `the first is always the better one${unused.length === 0 ? "" : `, and ${quoted(unused)} ${unused.length === 1 ? "is" : "are"} not used`}`
      : opinions !== null
        ? `${quoted(votes.map(({ path }) => path))} lists votes, each in "${opinions.label}"${insteadOf(opinions)}`
        : votes.length > 1
          ? `${quoted(votes.map(({ path }) => path))} hold one vote each`
          : `which is better is in ${quoted(votes.map(({ path }) => path))}`,
    votes.length > 1
      ? "annotators are called by their columns"
      : typeof opinions?.annotator === "string"
        ? `annotators are in the "${opinions.annotator}" of each`
        : annotator.length > 0
          ? `annotators are in ${quoted(annotator)}`
          : opinions === null
            ? "nobody is named as annotator"
            : "nobody is named as annotator: places in a list are not people",
    ...(family === null ? [] : [`their families are in ${quoted([family])}`]),
    ...(truth === null ? [] : [`what is right is in ${quoted([truth])}`]),
    ...(pair.length === 0 ? [] : [`pairs are called by ${quoted(pair)}`]),
    ...(scoreFirst === null && scoreSecond === null
      ? []
      : [`scores are ${quoted([scoreFirst, scoreSecond].filter((path) => path !== null))}`]),
    ...(models === null ? [] : [`models are ${quoted(models)}`]),
    ...(split === null ? [] : [`splits are in ${quoted([split])}`])
  ]
  const text = parts.join("; ")
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`
}
