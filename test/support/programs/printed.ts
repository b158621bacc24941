/** The first match in what a process prints; the rest is read too, so that the process can go on printing. */
export function printed(stdout: ReadableStream<Uint8Array<ArrayBuffer>>, pattern: RegExp): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const read = async () => {
    let seen = '';
    for await (const chunk of stdout.pipeThrough(new TextDecoderStream())) {
      seen += chunk;
      const [, found] = pattern.exec(seen) ?? [];
      if (found !== undefined) resolve(found);
    }
    reject(new Error(`Nothing matches ${pattern} in:\n${seen}`));
  };
  read().catch(reject);
  return promise;
}
