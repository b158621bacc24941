import { Client } from 'pg';

/** The least that storing takes: one prepared insert into a table of two columns, on one connection. */
export async function openTable(url: string): Promise<(channel: string, data: string) => Promise<unknown>> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('create table if not exists bench_rows (channel text not null, data json not null)');
  const text = 'insert into bench_rows values ($1, $2)';
  return (channel, data) => client.query({ name: 'insert', text, values: [channel, data] });
}
