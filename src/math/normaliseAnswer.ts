/**
 * Makes short answers equal that differ in nothing that matters: composed (NFC), in lower case, without punctuation and symbols, without
 * the English articles a, an and the, and with one space between words.
 *
 * As the evaluation of SQuAD does, extended from ASCII to the punctuation and symbols of all scripts. So "3.5" becomes "35": compare numbers as
 * numbers, with `readNumber`.
 */
export const normaliseAnswer = (text: string): string =>
  text
    .normalize("NFC")
    .toLowerCase()
    .replace(/[\p{P}\p{S}]/gu, "")
    .replace(/\b(?:a|an|the)\b/g, " ")
    .replace(/\s+/gu, " ")
    .trim()
