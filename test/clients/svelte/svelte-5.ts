import { flushSync, mount, unmount } from 'svelte';
import Page from './page.svelte';
import Runes from './runes.svelte';

const showing = (component: unknown) => (target: Element, props: object) => {
  const page = mount(component as Parameters<typeof mount>[0], { target, props: props as never });
  flushSync();
  return () => void unmount(page);
};
export const show = showing(Page);
export const showRunes = showing(Runes);
export const makeTarget = () => document.createElement('div');
