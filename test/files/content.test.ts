import { expect, test } from 'bun:test';
import { isContentOf } from '../../src/files/content.ts';
import { dispositionOf, fileName, fileNamePattern } from '../../src/files/file-name.ts';
import { type FileType, fileTypes } from '../../src/protocol/wire/file-types.ts';
import { samples } from '../support/files/samples.ts';

/** Types that one container may be. */
const alike: readonly (readonly FileType[])[] = [['audio/mp4', 'video/mp4']];

test('the beginning of a file is that of its own type and of no other', () => {
  for (const type of fileTypes) {
    const mistaken = fileTypes.filter((other) => isContentOf(other, samples[type]));
    expect([type, mistaken.toSorted()]).toEqual([
      type,
      [...(alike.find((each) => each.includes(type)) ?? [type])],
    ]);
  }
});

test('no markup, script or program is of any type but text', () => {
  for (const head of [
    '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    '<!doctype html><script>alert(1)</script>',
    '#!/bin/sh\nrm -rf /',
    ' %PDF-1.7',
  ]) {
    const content = new TextEncoder().encode(head);
    expect(fileTypes.filter((type) => isContentOf(type, content))).toEqual(['text/plain']);
  }
  for (const head of [
    'MZ\x90\0\x03',
    '\x7FELF\x02',
    'PK\x03\x04\x14\0\x06',
    '\x1F\x8B\x08\0',
    '\xCA\xFE\xBA\xBE\0',
  ]) {
    const content = Buffer.from(head, 'latin1');
    expect([head, fileTypes.filter((type) => isContentOf(type, content))]).toEqual([head, []]);
  }
});

test('a content of any length is told apart without a fault', () => {
  for (const type of fileTypes) {
    for (let length = 0; length < samples[type].byteLength; length++) {
      for (const other of fileTypes) isContentOf(other, samples[type].subarray(0, length));
    }
  }
  expect(fileTypes.filter((type) => type !== 'text/plain' && isContentOf(type, new Uint8Array()))).toEqual(
    [],
  );
});

test('a name ends as its type does', () => {
  expect(fileName('note.m4a', 'audio/mp4')).toBe('note.m4a');
  expect(fileName('Photo.JPEG', 'image/jpeg')).toBe('Photo.JPEG');
  expect(fileName('invoice.html', 'text/plain')).toBe('invoice.html.txt');
  expect(fileName('a.png.exe', 'image/png')).toBe('a.png.exe.png');
  expect(fileName(' ..', 'image/png')).toBe('file.png');
  expect(fileName('.htaccess', 'text/plain')).toBe('htaccess.txt');
  expect(fileName('x'.repeat(255), 'audio/webm')).toHaveLength(255);
  expect(fileName(`${'x'.repeat(249)}🎉`, 'audio/webm').isWellFormed()).toBe(true);
});

test('a name with a path, a control sign or a turn of direction is none', () => {
  const pattern = new RegExp(fileNamePattern);
  for (const name of ['../a', 'a\\b', 'a\0', 'a\r\nb', 'invoice\u202egpj.exe', 'a\u2066b', '']) {
    expect([name, pattern.test(name)]).toEqual([name, false]);
  }
  for (const name of ['Reseta – ate Linda.pdf', 'صورة.png', 'a;b="c".txt'])
    expect(pattern.test(name)).toBe(true);
});

test('a hostile name stays inside of its header', () => {
  expect(dispositionOf('a";x=y\\.png', 'image/png')).toBe(
    `inline; filename="a_;x=y_.png"; filename*=UTF-8''a%22%3Bx%3Dy%5C.png`,
  );
  expect(dispositionOf('Grüße (1).pdf', 'application/pdf')).toBe(
    `attachment; filename="Gr__e (1).pdf"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%281%29.pdf`,
  );
});

test('images, sounds and films are shown; everything else is saved', () => {
  const shown = fileTypes.filter((type) => dispositionOf('a', type).startsWith('inline'));
  expect(shown.toSorted()).toEqual([
    'audio/mp4',
    'audio/mpeg',
    'audio/ogg',
    'audio/webm',
    'image/jpeg',
    'image/png',
    'image/webp',
    'video/mp4',
  ]);
});
