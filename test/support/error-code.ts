/** Whether an error of the system, or of what it was asked for, is the one of that name, such as `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  // Not by its class: a test runner has classes of its own.
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
