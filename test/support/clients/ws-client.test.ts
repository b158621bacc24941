import { describe, expect, test } from 'bun:test';
import { startEchoServer } from '../network/echo-server.ts';
import { connect } from './ws-client.ts';

for (const implementation of ['bun', 'ws'] as const) {
  describe(`the ${implementation} client`, () => {
    test('finds the next frame of a type and keeps the others in order', async () => {
      await using server = startEchoServer();
      await using client = await connect(server.url, { implementation });
      for (const frame of [{ type: 'a', n: 1 }, { type: 'b' }, { type: 'a', n: 2 }]) client.send(frame);
      expect(await client.next('b')).toEqual({ type: 'b' });
      expect(await client.next()).toEqual({ type: 'connected' });
      expect(await client.next('a')).toEqual({ type: 'a', n: 1 });
      expect(await client.next()).toEqual({ type: 'a', n: 2 });
      expect(client.all('a')).toHaveLength(2);
    });

    test('shows text that is no frame, and binary, as what they are', async () => {
      await using server = startEchoServer();
      await using client = await connect(server.url, { implementation });
      client.send('{broken');
      client.send(new Uint8Array([1, 2]));
      expect(await client.next('#text')).toEqual({ type: '#text', text: '{broken' });
      expect([...((await client.next('#binary'))['bytes'] as Uint8Array)]).toEqual([1, 2]);
    });

    test('sends the headers and subprotocols it is given', async () => {
      await using server = startEchoServer();
      const headers = { authorization: 'Bearer x' };
      await using client = await connect(server.url, { implementation, headers, protocols: ['one', 'two'] });
      expect(server.headers().get('authorization')).toBe('Bearer x');
      expect(client.protocol).toBe('one');
    });

    test("resolves `closed` with the server's code and ends a wait with what was seen", async () => {
      await using server = startEchoServer();
      await using client = await connect(server.url, { implementation });
      const wait = client.next('never');
      client.send('close 4002');
      await expect(wait).rejects.toThrow(/no never \(socket closed with 4002[\s\S]*connected/);
      expect(await client.closed).toEqual({ code: 4002, reason: 'as asked' });
    });

    test('closes with the code it is told', async () => {
      await using server = startEchoServer();
      await using client = await connect(server.url, { implementation });
      expect(await client.close(1000)).toMatchObject({ code: 1000 });
    });

    test('says what it waited for when nothing comes', async () => {
      await using server = startEchoServer();
      await using client = await connect(server.url, { implementation });
      await expect(client.next('never', 20)).rejects.toThrow(/no never \(waited 20 ms\)/);
      await client.next('connected');
    });

    test('rejects when the upgrade is refused', async () => {
      await using server = startEchoServer();
      await expect(connect(`${server.url}refuse`, { implementation })).rejects.toThrow(
        implementation === 'ws' ? '401' : 'refused',
      );
    });
  });
}

test('a paused ws client fills the buffers of the server, and reads on after resume', async () => {
  await using server = startEchoServer();
  await using client = await connect(server.url, { implementation: 'ws' });
  client.pause();
  client.send('flood');
  await server.blocked();
  expect(client.all('flood')).toEqual([]);
  client.resume();
  await client.next('flood');
});
