declare module '*.svelte' {
  /** A compiled component: a class in Svelte 4, a function in Svelte 5. */
  class Component {
    constructor(options: { readonly target: Element; readonly props: object });
    $destroy(): void;
  }

  export { Component as default };
}
