import { openai } from "../../src/providers/openai.ts"
import { replay } from "../../src/providers/replay.ts"

export const provider = replay(openai({ model: "gpt-4.1-mini" }), "out/answers.jsonl")
