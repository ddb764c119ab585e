/** Formats a function's answer for people: status, headers and body like curl, with indented JSON. */
import { STATUS_CODES } from 'node:http';
import { parse, stringify } from 'lossless-json';
import { type HttpAnswer, receive } from './receive';

export function showAnswer(answer: unknown): string {
  return isHttpAnswer(answer) ? showHttpAnswer(answer) : indent(JSON.stringify(answer));
}

const isHttpAnswer = (answer: unknown): answer is HttpAnswer =>
  typeof answer === 'object' && answer !== null && 'statusCode' in answer;

function showHttpAnswer(answer: HttpAnswer): string {
  const { status, headers, text } = receive(answer);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`${status} ${STATUS_CODES[status]}`, ...lines, '', indent(text)].join('\n');
}

/** Indents JSON; returns other text unchanged. */
function indent(text: string): string {
  try {
    return stringify(parse(text), undefined, 2) ?? text; // JSON.parse would lose digits of the numbers
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
