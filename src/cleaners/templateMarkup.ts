/**
 * Finds markup of chat templates that stands in a text, where a tokenizer would take it for its own; null where there is none.
 *
 * Known are the turn marks of ChatML, Llama 2 and 3, Gemma, Phi and Mistral, the beginning and end of a text, the reasoning marks of Qwen and
 * DeepSeek, and the turns of HH-RLHF and Alpaca at the beginning of a line. A text about such markup has it rightly.
 */
export const templateMarkup = (text: string): string | null => marks.exec(text)?.[0].trim() ?? null

const marks =
  /<\|(?:im_start|im_end|im_sep|endoftext|eot_id|start_header_id|end_header_id|begin_of_text|end_of_text|user|assistant|system|end|eom_id)\|>|<\/?s>|\[\/?INST\]|<<\/?SYS>>|<(?:start|end)_of_turn>|<\/?think>|<｜(?:User|Assistant|begin▁of▁sentence|end▁of▁sentence)｜>|(?:^|\n\n)(?:Human|Assistant): |(?:^|\n)###\s?(?:Instruction|Response|Human|Assistant):/
