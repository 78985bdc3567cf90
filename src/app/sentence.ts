/** What others say ends as they like: here it ends as a sentence. */
export function withStop(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

/** For a sentence that goes on, or that somebody else ends. */
export function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}
