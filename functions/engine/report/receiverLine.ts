import type { ReceiverEvent } from '../model/webhook.ts';

type Severity = 'NOTICE' | 'WARNING' | 'ERROR';

/** One event of the receiver as one line of JSON in Cloud Logging's form. */
export function receiverLine(event: ReceiverEvent, time: Date): string {
  const [severity, message] = describe(event);
  return JSON.stringify({ severity, message, time: time.toISOString(), ...event });
}

function describe(event: ReceiverEvent): readonly [Severity, string] {
  switch (event.event) {
    case 'webhook-refused':
      return [
        'WARNING',
        `${event.requests.toString()} requests without a valid proof were refused.`,
      ];
    case 'webhook-too-large':
      return [
        'WARNING',
        `A webhook '${event.hook}' of ${event.bytes.toString()} bytes is beyond WEBHOOK_MAX_BYTES and was dropped; the next run reads what it tells.`,
      ];
    case 'webhook-unreadable':
      return [
        'WARNING',
        `A webhook '${event.hook}' has neither object_kind nor event_name, as a template of its own may cause; it was passed on without a kind.`,
      ];
    case 'webhook-failed':
      return ['ERROR', `A webhook was answered with 503: ${event.error}`];
    case 'webhook-left':
      return ['WARNING', `A webhook was left to the next run: ${event.error}`];
    case 'receiver-failed':
      return ['ERROR', `Webhooks cannot be received: ${event.error}`];
  }
}
