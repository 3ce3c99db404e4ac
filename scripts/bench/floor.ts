import { Agent, get } from 'node:http';
import { Readable } from 'node:stream';

import pg from 'pg';
import copyStreams from 'pg-copy-streams';

/** The least that any loader must do: fetch every page, and COPY the rows into the same tables. */
export interface Floor {
  readonly fetchSeconds: number;
  readonly pages: number;
  readonly copySeconds: number;
  readonly copiedRows: number;
}

/** Measures the floor of what a run has just loaded; makes the schema `floor` for it. */
export async function measureFloor({
  url,
  token,
  databaseUrl,
  projects,
}: {
  readonly url: string;
  readonly token: string;
  readonly databaseUrl: string;
  readonly projects: readonly string[];
}): Promise<Floor> {
  const fetched = await fetchAll(url, token, projects);
  return { ...fetched, ...(await copyAll(databaseUrl)) };
}

async function fetchAll(
  url: string,
  token: string,
  projects: readonly string[],
): Promise<Pick<Floor, 'fetchSeconds' | 'pages'>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const startedAt = performance.now();
  let pages = 0;
  await Promise.all(
    projects.map(async (project) => {
      let query: string | undefined = 'pagination=keyset&order_by=id&sort=desc&per_page=100';
      while (query !== undefined) {
        query = await discardPage(`${url}/api/v4/projects/${project}/jobs?${query}`, token, agent);
        pages += 1;
      }
    }),
  );
  agent.destroy();
  return { fetchSeconds: (performance.now() - startedAt) / 1000, pages };
}

/** Reads a page to its end without looking at it; resolves to the query of the next one. */
function discardPage(url: string, token: string, agent: Agent): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, 'accept-encoding': 'gzip' };
    get(url, { agent, headers }, (response) => {
      const link = /<[^>]*\?([^>]*)>; rel="next"/.exec(String(response.headers['link'] ?? ''));
      response.resume().once('end', () => {
        resolve(link?.[1]);
      });
      response.once('error', reject);
    }).once('error', reject);
  });
}

async function copyAll(databaseUrl: string): Promise<Pick<Floor, 'copySeconds' | 'copiedRows'>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('create schema floor');
    const { rows } = await client.query<{ name: string }>(
      `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'gitlab_data' and c.relkind = 'r' and c.relname like 'api_entities_job%'`,
    );
    const tables = rows.map(({ name }) => pg.escapeIdentifier(name));
    const contents: Buffer[][] = [];
    for (const name of tables) {
      await client.query(`create table floor.${name} (like gitlab_data.${name} including all)`);
      const parts: Buffer[] = [];
      const stream = client.query(
        copyStreams.to(`copy gitlab_data.${name} to stdout (format binary)`),
      );
      for await (const part of stream) parts.push(part as Buffer);
      contents.push(parts);
    }
    const startedAt = performance.now();
    let copiedRows = 0;
    for (const [index, name] of tables.entries()) {
      copiedRows += await copyTable(
        client,
        `copy floor.${name} from stdin (format binary)`,
        contents[index] ?? [],
      );
    }
    return { copySeconds: (performance.now() - startedAt) / 1000, copiedRows };
  } finally {
    await client.end();
  }
}

function copyTable(client: pg.Client, text: string, parts: readonly Buffer[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const stream = client.query(copyStreams.from(text));
    stream.once('error', reject);
    stream.once('finish', () => {
      resolve(stream.rowCount);
    });
    Readable.from(parts).pipe(stream);
  });
}
