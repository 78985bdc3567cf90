/** undefined where it is no JSON, as it may be where somebody else wrote it: no schema takes that either. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
