import { sql } from '../sql/sql.ts';

/** No lease is longer; some minutes more than the greatest LEASE_SECONDS. */
export const LONGEST_LEASE = sql`interval '65 minutes'`;

/** No run holds it. A lease that ends later than any can is of a time before the database's clock was set back. */
export const FREE = sql`(lease_until is null or lease_until < clock_timestamp()
  or lease_until > clock_timestamp() + ${LONGEST_LEASE})`;
