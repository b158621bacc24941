import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { treaty } from '@elysiajs/eden';
import type { AppOf } from '../../src/app.ts';
import { channel, channelName, defineDomain } from '../../src/tambuli.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { joinAs } from '../support/services/session.ts';
import { deeds, shop } from './shop-domain.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService({ extraDomains: [shop] });
});
afterAll(() => service[Symbol.asyncDispose]());

const clerk = { 'x-user-id': 'clara', 'x-role': 'clerk' };

describe('a domain', () => {
  test('serves its routes, whose types Eden knows', async () => {
    const { data } = await treaty<AppOf<[typeof shop]>>(service.url, { headers: clerk })
      .shop.orders({ id: 7 })
      .post({ customerId: '9' }, { query: { page: 2 } });
    const id: number | undefined = data?.id;
    expect({ ...data, id }).toEqual({ id: 7, page: 2, offset: 1 });
  });

  test('gives its rules the parameters of the pattern by name, without escapes', async () => {
    const name = channelName('orders:{customerId}', { customerId: 'a:b/ü' });
    expect(name).toBe('orders:a%3Ab%2F%C3%BC');
    await using owner = await joinAs(service, { userId: 'a:b/ü' }, [name]);
    await using stranger = await joinAs(service, { userId: 'other' });
    stranger.send({ type: 'subscribe', channel: name });
    expect(await stranger.next('error')).toMatchObject({ code: 'forbidden' });
    await service.post('/shop/orders/1', { customerId: 'a%3Ab%2F%C3%BC' }, clerk);
    expect(await owner.next('order_update')).toMatchObject({ channel: name, data: { id: 1, status: 'new' } });
  });

  test('carries the ephemeral types that it declares, and no others', async () => {
    await using one = await joinAs(service, { userId: '5' }, ['orders:5']);
    await using other = await joinAs(service, { userId: '5' }, ['orders:5']);
    const whisper = { type: 'publish', channel: 'orders:5', ephemeral: true };
    one.send({ ...whisper, publicationType: 'typing', data: { on: true } });
    expect(await other.next('typing')).toMatchObject({ data: { on: true }, ephemeral: true });
    one.send({ ...whisper, publicationType: 'dancing', data: {} });
    expect(await one.next('error')).toMatchObject({ code: 'forbidden' });
  });

  test('holds what people publish to the schemas of the channel, on every way', async () => {
    await using person = await joinAs(service, { userId: '6' });
    const note = { type: 'publish', channel: 'board:1' };
    person.send({ ...note, publicationType: 'note', data: { text: 'Hello' } });
    await person.next('published');
    person.send({ ...note, publicationType: 'note', data: { text: 7 } });
    const wrong = 'The data is wrong: this channel carries a "note" whose text is: Expected string.';
    expect(await person.next('error')).toMatchObject({ code: 'validation_failed', message: wrong });
    person.send({ ...note, publicationType: 'toString', data: {} });
    const other = 'The type is wrong: this channel carries the types note.';
    expect(await person.next('error')).toMatchObject({ code: 'validation_failed', message: other });
    person.send({ ...note, publicationType: 'typing', data: { on: 'yes' }, ephemeral: true });
    expect(await person.next('error')).toMatchObject({ code: 'validation_failed' });
    const who = { 'x-user-id': '6', 'x-role': 'user' };
    const item = { channel: 'board:1', type: 'note', data: { text: 7 } };
    expect(await service.post('/api/realtime/publish', item, who)).toMatchObject({ status: 422 });
    const batch = { publications: [item] };
    expect(await service.post('/api/realtime/publish/batch', batch, who)).toMatchObject({ status: 422 });
    // A backend knows what it does.
    expect(await service.post('/api/realtime/publish', item)).toMatchObject({ status: 200 });
  });

  test('opens nothing before it is started, and is stopped before what start opened is closed', async () => {
    const before = deeds.length;
    {
      await using other = await startTestService({ extraDomains: [shop] });
      expect(other.url).toStartWith('http');
      expect(deeds.slice(before)).toEqual(['started']);
    }
    expect(deeds.slice(before)).toEqual(['started', 'stopped', 'closed what start opened']);
  });

  test('that fails to start ends the start, with what it opened closed', async () => {
    const closed: string[] = [];
    const broken = defineDomain({
      name: 'broken',
      channels: () => [],
      start(_, opened) {
        opened.defer(() => void closed.push('timer'));
        throw new Error('The till is locked.');
      },
      stop: () => void closed.push('never'),
    });
    await expect(startTestService({ extraDomains: [broken] })).rejects.toThrow(
      'The domain "broken" did not start: The till is locked.',
    );
    expect(closed).toEqual(['timer']);
  });
});

describe('Type.Integer() of TypeBox', () => {
  test.each([
    ['/shop/orders/7?page=3', 200],
    ['/shop/orders/0', 422],
    ['/shop/orders/1.5', 422],
    ['/shop/orders/x', 422],
    ['/shop/orders/7?page=x', 422],
  ])('is read from the text of %s: %d', async (path, status) => {
    expect(await service.post(path, { customerId: '1' }, clerk)).toMatchObject({ status });
  });

  test('stands in the documents as a number', async () => {
    const { body } = await service.get('/openapi/json');
    const { parameters } = (body as { paths: Record<string, { post: { parameters: { name: string }[] } }> })
      .paths['/shop/orders/{id}']?.post ?? { parameters: [] };
    expect(JSON.stringify(parameters.find(({ name }) => name === 'id'))).toContain('"integer"');
  });
});

describe('a wrong declaration is refused where it stands:', () => {
  test.each(['Orders:{id}', 'orders:{}', 'orders:id', 'orders:{a b}', ''])('the pattern "%s"', (pattern) => {
    expect(() => channel(pattern, { read: () => true })).toThrow('is not a namespace in lower case');
  });

  test.each(['', 'Shop', 'my shop', '1st'])('the name "%s"', (name) => {
    expect(() => defineDomain({ name, channels: () => [] })).toThrow('needs a name of lower-case letters');
  });

  test.each(['realtime', 'tracking'])('the name "%s", which the engine has', (name) => {
    expect(() => defineDomain({ name, channels: () => [] })).toThrow('belongs to the engine');
  });
});
