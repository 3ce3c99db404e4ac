import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, isIPv6, type LookupFunction } from 'node:net';

/** Addresses of a machine's own link and of cloud metadata servers: no GitLab lives there, but credentials do. */
const FORBIDDEN = new BlockList();
FORBIDDEN.addSubnet('169.254.0.0', 16, 'ipv4');
FORBIDDEN.addAddress('100.100.100.200', 'ipv4');
FORBIDDEN.addSubnet('fe80::', 10, 'ipv6');
FORBIDDEN.addAddress('fd00:ec2::254', 'ipv6');
FORBIDDEN.addAddress('fd20:ce::254', 'ipv6');
// The same IPv4 addresses as a NAT64 gateway knows them, and as the old way to write them in IPv6.
FORBIDDEN.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');
FORBIDDEN.addAddress('64:ff9b::6464:64c8', 'ipv6');
FORBIDDEN.addSubnet('::a9fe:0', 112, 'ipv6');
FORBIDDEN.addAddress('::6464:64c8', 'ipv6');

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

const METADATA_NAMES: ReadonlySet<string> = new Set(['metadata.google.internal', 'metadata.goog']);

/** A name was resolved to an address that nothing may be sent to. */
export class ForbiddenAddress extends Error {
  override readonly name = 'ForbiddenAddress';
  readonly code = 'FORBIDDEN_ADDRESS';

  constructor(host: string, address: string) {
    super(`'${host}' has the address '${address}', which is link-local or a metadata server's`);
  }
}

/** True for link-local and metadata addresses, however they are written. Private ranges are not among them. */
export function isForbiddenAddress(address: string): boolean {
  return isListed(FORBIDDEN, address);
}

/** True for a host of a URL that needs no name server to be refused. */
export function isForbiddenHost(hostname: string): boolean {
  const host = bare(hostname);
  return METADATA_NAMES.has(host) || isForbiddenAddress(host);
}

/** True for a host of a URL that is this machine. */
export function isLoopbackHost(hostname: string): boolean {
  const host = bare(hostname);
  return host === 'localhost' || isListed(LOOPBACK, host);
}

/**
 * Resolves names for a socket and refuses those with a forbidden address. The socket dials what this has checked, so a
 * name server that changes its answer gains nothing.
 */
export function guardedLookup(resolve: typeof systemLookup = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, options, (error, found, family) => {
      if (error !== null) {
        callback(error, found, family);
        return;
      }
      const addresses = (Array.isArray(found) ? found : [{ address: found }]) as LookupAddress[];
      const bad = addresses.find(({ address }) => isForbiddenAddress(address));
      if (bad === undefined) callback(null, found, family);
      else callback(new ForbiddenAddress(hostname, bad.address), '', 0);
    });
  };
}

function isListed(list: BlockList, address: string): boolean {
  const [plain = ''] = address.split('%', 1);
  return isIP(plain) !== 0 && list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
}

/** Without the brackets of an IPv6 address and the dot at the end of a full name. */
function bare(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}
