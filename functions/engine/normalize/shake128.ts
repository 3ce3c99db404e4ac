import { createHash, hash } from 'node:crypto';

const OUTPUT_BYTES = 10;
/** Ten bytes in base64 without the two signs of padding. */
const OUTPUT_CHARACTERS = 14;

function atOnce(text: string): string {
  return hash('shake128', text, { outputLength: OUTPUT_BYTES, outputEncoding: 'base64' });
}

function inSteps(text: string): string {
  return createHash('shake128', { outputLength: OUTPUT_BYTES }).update(text).digest('base64');
}

/** Node.js before 24 cannot choose the length in one step, which takes half the time of two (1.2 instead of 2.3 µs). */
function fastest(): (text: string) => string {
  try {
    atOnce('');
    return atOnce;
  } catch {
    return inSteps;
  }
}

const digest = fastest();

/** The first ten bytes of SHAKE128 over the text in UTF-8, in base64 without padding: 14 characters. */
export function shake128(text: string): string {
  return digest(text).slice(0, OUTPUT_CHARACTERS);
}
