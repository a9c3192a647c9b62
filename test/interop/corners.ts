/** A data set to export: rows of the format `from`, by hand, with the values that readers get wrong. */
export interface Corner {
  readonly name: string
  readonly from: string
  readonly rows: ReadonlyArray<Readonly<Record<string, unknown>>>
}

const say = (role: string, content: string) => ({ role, content })
const user = (content: string) => say("user", content)
const reply = (content: string) => [say("assistant", content)]

const family = "👩‍👩‍👧"
const control = 'tab\t, nul \u0000, "quotes", back\\slash, line\nbreaks\r\n and \u2028'

const textPairs = [
  { id: "1", prompt: "What is 2 + 2?", chosen: "The answer is four.", rejected: "The answer is five.", margin: 1.5 },
  { id: null, prompt: "?", chosen: "An answer to a single mark.", rejected: "No answer to it at all.", margin: 0.1 },
  { id: "3", prompt: `模型 ${family}`, chosen: "漢字 and e\u0301 and é", rejected: `ﷺ 𝒳 ${family} again`, margin: 0 },
  { id: "4", prompt: control, chosen: `one: ${control}`, rejected: `two: ${control}`, margin: 1.25e-7 },
  { id: "5", prompt: "2024-01-01", chosen: "2024-01-02 is the date", rejected: "null is the date", margin: 1e21 },
  { id: "6", prompt: "Write it.", chosen: "long ".repeat(2000), rejected: "short but not the same", margin: 123456.789 }
].map((row, i) => ({
  ...row,
  score_chosen: i % 2 === 0 ? i + 0.25 : null,
  score_rejected: i % 3 === 0 ? 0.5 - i : null,
  chosen_model: i === 0 ? null : "model a",
  rejected_model: i === 1 ? null : `modèle ${family}`,
  note: i < 4 ? null : "kept",
  count: i === 2 ? null : 2 ** 40 + i
}))

const messagePairs = [
  { prompt: [user("What is 2 + 2?")], chosen: reply("The answer is four."), rejected: reply("The answer is five.") },
  {
    prompt: [say("system", "You are brief."), user("Who wrote it?")],
    chosen: reply("It was written by her."),
    rejected: reply("I have no idea at all.")
  },
  {
    prompt: [user(`One ${family}`), say("assistant", "Two 模型"), user("Three?"), say("assistant", ""), user("Five?")],
    chosen: reply("Six is what comes next."),
    rejected: reply("Seven is what comes next.")
  },
  {
    prompt: [say("system", control), user("a"), say("assistant", "b"), user(control)],
    chosen: reply(`one: ${control} end`),
    rejected: reply(`two: ${control} end`)
  },
  {
    prompt: [say("system", "s"), user("")],
    chosen: reply("An answer to nothing."),
    rejected: reply("No answer at all.")
  }
].map((row, i) => ({ ...row, id: i === 1 ? null : `m${i}`, margin: i / 4 }))

const tools = JSON.stringify([
  {
    type: "function",
    function: {
      name: "weather",
      description: "The weather",
      parameters: { type: "object", properties: { city: { type: "string" } } }
    }
  }
])
const call = (id: string, city: string) => ({
  id,
  type: "function",
  function: { name: "weather", arguments: JSON.stringify({ city }) }
})

const toolPairs = [
  {
    prompt: [
      user("How is the weather in 東京?"),
      { role: "assistant", content: null, tool_calls: [call("c1", "東京")] },
      { role: "tool", content: '{"rain": true}', name: "weather", tool_call_id: "c1" }
    ],
    chosen: reply("It rains in Tokyo today."),
    rejected: reply("The sun shines in Tokyo today."),
    tools
  },
  {
    prompt: [say("system", "You are brief."), user("Hello?")],
    chosen: reply("Hello, what can I do?"),
    rejected: reply("Go away, please do."),
    tools: null
  }
]

/** Messages that name who speaks, as in talks of several people. */
const namedSpeakers = [
  {
    prompt: [
      { ...user("Who is there?"), name: "Zoë" },
      say("assistant", "Two of you."),
      { ...user("Who?"), name: "模型" }
    ],
    chosen: reply("Zoë and somebody else."),
    rejected: reply("Nobody that I know of.")
  },
  { prompt: [user("And now?")], chosen: reply("Nobody but you."), rejected: reply("I cannot tell that.") }
]

const unpairedTexts = [
  { prompt: "What is 2 + 2?", completion: "The answer is four.", label: true, score: 1.5 },
  { prompt: "?", completion: "An answer to a single mark.", label: false, score: null },
  { prompt: control, completion: `one: ${control} end`, label: false, score: -2 },
  { prompt: `模型 ${family}`, completion: "漢字", label: true, score: 0.5 }
]

const unpairedMessages = messagePairs.map(({ chosen, prompt, rejected }, i) => ({
  prompt,
  completion: i % 2 === 0 ? chosen : rejected,
  label: i % 2 === 0
}))

const ranked = [
  [0, 1, 2],
  [2, 0, 1]
].map((ranks, i) => ({
  context: [say("system", "You are brief."), user(`Question ${i} ${family}?`)],
  completions: ranks.map((rank) => ({ rank, completion: reply(`The answer that comes at place ${rank}.`) }))
}))

const ratedResponses = [
  ["What is 2 + 2?", "The answer is four.", 4],
  ["What is 2 + 2?", "The answer is five.", 0],
  [`模型 ${family}`, `漢字 and é ${family}`, 3],
  [`模型 ${family}`, `one: ${control} end`, 1],
  [`模型 ${family}`, "No idea at all.", 0]
].map(([prompt, response, helpfulness], i) => ({
  prompt,
  response,
  helpfulness,
  correctness: 4 - (i % 5),
  coherence: 4,
  complexity: i % 3,
  verbosity: 2
}))

/** As the disagreements of HelpSteer2: a rating of each person in a list. */
const severalRaters = ratedResponses.map((row, i) => ({
  ...row,
  helpfulness: [row.helpfulness, i % 5, 4, 4].slice(i % 3 === 0 ? 0 : 2),
  correctness: [i % 3, 4],
  coherence: [4],
  complexity: [],
  verbosity: [0, i % 4]
}))

/** As the preferences of HelpSteer3, with a tie and a row without opinions. */
const opinions = [-2, 0, 3].map((strength, i) => ({
  domain: i === 1 ? null : "general",
  language: family,
  context: [say("system", "You are brief."), user(`Question ${i} ${control}?`)],
  response1: `The first answer: ${control} ${i}.`,
  response2: `漢字 the second answer ${i}.`,
  overall_preference: strength,
  individual_preference: [strength, -1, 0]
    .slice(i === 2 ? 3 : 0)
    .map((score) => ({ score, reasoning: control, feedback1: "", feedback2: family }))
}))

/** As exports of Argilla in which people judged one reply: a majority, one answer, a draft beside an answer. */
const judgedReplies = [["good", "bad", "good"], ["bad"], ["good", "bad"]].map((values, i) => ({
  id: `h${i}`,
  status: "completed",
  instruction: `模型 ${control} ${i}`,
  generation: `An answer: ${control} ${i}.`,
  "quality.responses": values,
  "quality.responses.users": values.map((_, who) => `u${who} ${family}`),
  "quality.responses.status": values.map((_, who) => (i === 2 && who === 1 ? "draft" : "submitted"))
}))

/** As distilabel's tasks leave rated generations, one of which failed. */
const ratedGenerations = [
  [4, 5, 1],
  [0.5, null, 3]
].map((ratings, i) => ({
  system_prompt: i === 0 ? null : control,
  instruction: `Question ${i} ${family}?`,
  generations: ratings.map((rating) => `The answer rated ${rating}: ${control}.`),
  generation_models: ["m", `modèle ${family}`, "n"],
  ratings,
  rationales: ratings.map((rating) => (rating === null ? null : "because"))
}))

/** All data sets to export. The trainers' checks take their expectations from these rows, not from what was written. */
export const corners: ReadonlyArray<Corner> = [
  { name: "text-pairs", from: "trl-reward", rows: textPairs },
  { name: "message-pairs", from: "trl-reward", rows: messagePairs },
  { name: "tool-pairs", from: "trl-preference", rows: toolPairs },
  { name: "named-speakers", from: "trl-preference", rows: namedSpeakers },
  { name: "unpaired-texts", from: "trl-unpaired", rows: unpairedTexts },
  { name: "unpaired-messages", from: "trl-unpaired", rows: unpairedMessages },
  { name: "prompts", from: "trl-prompt", rows: textPairs.map(({ id, prompt }) => ({ id, prompt })) },
  { name: "message-prompts", from: "trl-prompt", rows: messagePairs.map(({ prompt }) => ({ prompt })) },
  {
    name: "steps",
    from: "trl-stepwise",
    rows: [
      { prompt: "What is 2 + 2?", completions: ["Two and two", control, "is four."], labels: [true, false, true] },
      { prompt: "", completions: [`漢字 ${family}`], labels: [false] }
    ]
  },
  { name: "ranked", from: "nemo-rl", rows: ranked },
  { name: "rated-responses", from: "helpsteer-ratings", rows: ratedResponses },
  { name: "several-raters", from: "helpsteer-ratings", rows: severalRaters },
  { name: "opinions", from: "helpsteer", rows: opinions },
  { name: "judged-replies", from: "argilla", rows: judgedReplies },
  { name: "rated-generations", from: "distilabel", rows: ratedGenerations }
]
