import { useRef } from 'react';
import { newId } from '../../shell/browser/ids.ts';

/** Returns a key for a body: the same body sent twice in a row has the same key, and is stored once. */
export function useRequestKey(): (body: unknown) => string {
  const last = useRef({ text: '', key: '' });
  return (body) => {
    const text = JSON.stringify(body);
    if (last.current.text !== text) last.current = { text, key: newId() };
    return last.current.key;
  };
}
