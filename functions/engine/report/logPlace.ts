/** Fields by which Cloud Logging puts a line beside others. */
export type LogPlace = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What the lines of one request have in common. */
export interface Surroundings {
  /** The Google Cloud project; without it no trace can be named. */
  readonly project: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

interface Span {
  readonly trace: string;
  readonly spanId?: string;
}

/** Places the lines of a request in the trace that its headers name, if they do. */
export function logPlace(headers: Headers, { project = '', labels }: Surroundings): LogPlace {
  const span = w3cSpan(headers['traceparent']) ?? googleSpan(headers['x-cloud-trace-context']);
  const place: LogPlace = { 'logging.googleapis.com/labels': labels };
  if (span === undefined || project === '') return place;
  const { trace, spanId } = span;
  return {
    ...place,
    'logging.googleapis.com/trace': `projects/${project}/traces/${trace}`,
    ...(spanId === undefined ? {} : { 'logging.googleapis.com/spanId': spanId }),
  };
}

/** `00-TRACE-SPAN-FLAGS`. */
function w3cSpan(header: Headers[string]): Span | undefined {
  const [, trace, spanId] =
    /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-|$)/.exec(String(header)) ?? [];
  if (trace === undefined || spanId === undefined || /^0+$/.test(trace)) return undefined;
  return { trace, spanId };
}

/** `TRACE/SPAN;o=OPTIONS`, with the span as a decimal number. */
function googleSpan(header: Headers[string]): Span | undefined {
  const [, trace, span] = /^([0-9a-f]{32})(?:\/(\d{1,20}))?(?:;|$)/.exec(String(header)) ?? [];
  if (trace === undefined) return undefined;
  if (span === undefined) return { trace };
  return { trace, spanId: BigInt(span).toString(16).padStart(16, '0') };
}
