import Page from './page.svelte';

export function show(target: Element, props: object): () => void {
  const page = new Page({ target, props });
  return () => page.$destroy();
}
export const makeTarget = () => document.createElement('div');
