import { describe, expect, test } from 'vitest';

import {
  decodeResponse,
  encodeRequest,
} from '../../../functions/engine/alloydb/metadataExchange.ts';
import { decodeExchange, encodeExchangeAnswer } from '../../support/alloydb/exchangeServer.ts';

describe('encodeRequest', () => {
  test('writes the length and three fields', () => {
    const request = encodeRequest({ userAgent: 'ua', authType: 'IAM', token: 'tok' });

    expect(request.toString('hex')).toBe('0000000b' + '0a027561' + '1002' + '1a03746f6b');
  });

  test.each([0, 127, 128, 2_000, 16_000])('a token of %i bytes arrives whole', (length) => {
    const token = 'é'.repeat(length / 2) + (length % 2 === 0 ? '' : 'x');

    const request = encodeRequest({ userAgent: 'ua', authType: 'PASSWORD', token });

    expect(request.readUInt32BE()).toBe(request.length - 4);
    expect(decodeExchange(request.subarray(4))).toEqual({ userAgent: 'ua', authType: 1, token });
  });
});

describe('decodeResponse', () => {
  test.each([
    { name: 'OK', answer: { code: 1 }, response: { accepted: true } },
    {
      name: 'an error',
      answer: { code: 2, error: 'no' },
      response: { accepted: false, error: 'no' },
    },
    {
      name: 'an error without a word',
      answer: { code: 2 },
      response: { accepted: false, error: '' },
    },
    { name: 'a code of the future', answer: { code: 3 }, response: { accepted: false, error: '' } },
  ])('reads $name', ({ answer, response }) => {
    expect(decodeResponse(encodeExchangeAnswer(answer).subarray(4))).toEqual(response);
  });

  test('passes over fields of every kind that it does not know', () => {
    const unknown =
      '1801' + '210102030405060708' + '2a0161' + '3501020304' + '8001ffffffffffffffffff01';

    expect(decodeResponse(Buffer.from(`${unknown}0801`, 'hex'))).toEqual({ accepted: true });
  });

  test('takes an empty message for a refusal', () => {
    expect(decodeResponse(Buffer.alloc(0))).toEqual({ accepted: false, error: '' });
  });

  test.each(['08', '12056e6f', '0b', '0effffffff', '08ffffffffffffffffffffff01'])(
    'refuses %s, which is no message',
    (hex) => {
      expect(() => decodeResponse(Buffer.from(hex, 'hex'))).toThrow(
        expect.objectContaining({ code: 'EXCHANGE_FAILED' }),
      );
    },
  );
});
