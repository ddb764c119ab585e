/** A failure whose message says what went wrong and what to do. */
export class ToolError extends Error {
  override readonly name: string = 'ToolError';
}
