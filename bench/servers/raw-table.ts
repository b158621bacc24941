import { Pool } from 'pg';

/** The least that storing takes: one prepared insert into a table of two columns, on one connection. */
export async function openTable(url: string): Promise<(channel: string, data: string) => Promise<unknown>> {
  const pool = new Pool({ connectionString: url, max: 1 });
  await pool.query('create table if not exists bench_rows (channel text not null, data json not null)');
  const text = 'insert into bench_rows values ($1, $2)';
  return (channel, data) => pool.query({ name: 'insert', text, values: [channel, data] });
}
