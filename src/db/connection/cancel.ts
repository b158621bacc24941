/** Fields that the drivers' clients have and do not declare. */
interface Cancellable {
  readonly processID: number | null;
  readonly secretKey: unknown;
  readonly host: string;
  readonly port: number;
  readonly ssl: unknown;
}

interface CancelConnection {
  readonly ssl: unknown;
  readonly stream: { destroy?(): void };
  connect(port: number, host: string): void;
  requestSsl(): void;
  cancel(processId: number, secretKey: unknown): void;
  on(event: 'connect' | 'sslconnect' | 'error' | 'end', listener: (problem?: unknown) => void): unknown;
}

/** A server that takes the request closes the connection; one that hangs is left after this time. Milliseconds. */
const limitMs = 2_000;

/**
 * Sends the protocol's cancel request for the statement that `client` waits for. The request names the session by the
 * key the server gave it, so it works through poolers, which pass it on, and needs no right. It is best effort: a
 * server that hangs takes none, and then nothing is known of the statement.
 */
export function sendCancel(client: object, ClientOfDriver: unknown): void {
  const { processID, secretKey, host, port, ssl } = client as Cancellable;
  if (processID === null) return;
  const Constructor = ClientOfDriver as new (options: object) => { readonly connection: CancelConnection };
  const { connection } = new Constructor({ host, port, ssl });
  const close = () => {
    clearTimeout(timer);
    connection.stream.destroy?.();
  };
  const timer = setTimeout(close, limitMs);
  timer.unref();
  const request = () => connection.cancel(processID, secretKey);
  connection.on('error', close);
  connection.on('end', close);
  connection.on('connect', () => (connection.ssl ? connection.requestSsl() : request()));
  connection.on('sslconnect', request);
  connection.connect(port, host);
}
