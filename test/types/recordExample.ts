import { openai } from "../../src/providers/openai.ts"
import { record } from "../../src/providers/record.ts"

export const provider = record(openai({ model: "gpt-4.1-mini" }), "out/answers.jsonl")
