import pg from 'pg';

/** Preloaded into a server under measurement: tells its parent, when asked, how many statements it has sent so far. */
let statements = 0;
const send = pg.Client.prototype.query;
pg.Client.prototype.query = function (this: pg.Client, ...parameters: unknown[]) {
  statements++;
  return Reflect.apply(send, this, parameters);
} as typeof send;
process.on('message', () => process.send?.(statements));
